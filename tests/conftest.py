"""Settings of the whole suite."""

import gc

import pytest
from hypothesis import settings

# The gate must not flip: the same examples each time, however slow the machine. To search for new ones, run
# pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=35)
settings.load_profile("steady")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep what was imported and collected out of garbage collection, which runs very often under so many tests."""
    gc.collect()
    gc.freeze()
