"""Errors say what, the facts, the nearest valid thing and the fix."""

import pickle

import pytest

from pytest_altax import errors
from pytest_altax.errors import AltaxError, AltaxException, ConfigError, UnmatchedCall, nearest

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AltaxError)]


def test_a_message_gives_facts_nearest_and_fix_in_that_order():
    error = ConfigError("unknown key 'bugdet'", facts=["pyproject.toml:3:1"], did_you_mean="budget", fix="rename it")
    assert str(error).splitlines() == [
        "unknown key 'bugdet'",
        "  pyproject.toml:3:1",
        "  did you mean 'budget'?",
        "  to fix: rename it",
        "  read: altax explain config-error",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_slug_of_its_own_and_a_page(kind):
    assert sum(other.slug == kind.slug for other in KINDS) <= (2 if kind in (AltaxError, AltaxException) else 1)
    assert kind.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_errors_cross_process_borders_whole(kind):
    error = kind("what", facts=["fact"], did_you_mean="this", fix="that")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_call_without_recording_is_no_exception_that_an_sdk_would_retry():
    assert not issubclass(UnmatchedCall, Exception)
    assert issubclass(ConfigError, Exception)


def test_the_nearest_name_is_found_only_when_one_is_near():
    assert nearest("tax_ration", ["tax_ratio", "cost_usd"]) == "tax_ratio"
    assert nearest("context_rate", ["context_tokens", "context_ratio"]) == "context_ratio"
    assert nearest("elephant", ["tax_ratio", "cost_usd"]) is None


@pytest.mark.parametrize("name", ["shouting_rate", "toxicity_ratio", "capitals_ratio", "emoji_ratio", "swearing_rate"])
def test_a_like_ending_alone_makes_no_name_near(name):
    assert nearest(name, ["reasoning_ratio", "tax_ratio", "task_ratio", "tools_ratio", "system_ratio"]) is None
