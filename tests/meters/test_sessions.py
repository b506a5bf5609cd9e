import pytest

from pytest_altax.meters.sessions import sample_number, within


@pytest.mark.parametrize(("session", "number"), [("sample-1/0", 0), ("sample-12/34", 34), ("sample-1/2/lobby", 2)])
def test_a_sample_is_numbered(session, number):
    assert sample_number(session) == number


@pytest.mark.parametrize("session", ["", "lobby", "sample-1", "sample-1/0x", "my/sample-1/0"])
def test_any_other_session_is_no_sample(session):
    assert sample_number(session) is None


@pytest.mark.parametrize(
    ("session", "name"),
    [("", "lobby"), ("hall", "lobby"), ("sample-1/2", "sample-1/2/lobby"), ("sample-1/2/hall", "sample-1/2/lobby")],
)
def test_a_session_opened_inside_a_sample_is_one_of_it(session, name):
    assert within(session, "lobby") == name
