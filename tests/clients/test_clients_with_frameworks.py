"""Frameworks, each through the clients that it brings."""

import gc
import warnings

import pytest
from every_client import FRAMEWORKS
from replaying import faithful, reported

# litellm forgets clients without closing them; no other test is to hear of it
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def nothing_left_for_others():
    yield
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


@pytest.mark.parametrize("scenario", FRAMEWORKS, ids=lambda scenario: scenario.id)
def test_a_framework_sees_the_same_live_recorded_and_replayed(scenario, studio, request):
    reported(scenario, request)
    faithful(scenario, studio)
