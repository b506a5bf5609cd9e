import pytest

from pytest_altax.text.tokens import Tokens


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """The counter of the project, with the vocabularies of package data."""
    return Tokens()
