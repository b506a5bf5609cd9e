"""What `altax_config` may say of recording, and what a marker may say of the cassette."""

import dataclasses
import re

import pytest
from altax_tables import METRICS

from pytest_altax.capture import CaptureSettings, RecordMode
from pytest_altax.capture.secrets.rules import SecretRules
from pytest_altax.config import marker_limits, override
from pytest_altax.errors import ConfigError

BASE = CaptureSettings(RecordMode.NONE, ("a.example",), (re.compile("x"),), run="r1")


def test_a_key_takes_the_place_of_what_the_run_says_and_leaves_the_rest():
    said = override({"record": "once", "hosts": ["B.example"], "block-network": True}, BASE, source="s")
    expected = dataclasses.replace(BASE, mode=RecordMode.ONCE, hosts=("b.example",), block_network=True)
    assert said == expected


def test_patterns_to_ignore_are_compiled():
    said = override({"match": {"ignore": [r"\d+"]}, "replay-speed": "recorded"}, BASE, source="s")
    assert (said.ignore, said.replay_speed) == ((re.compile(r"\d+"),), "recorded")


def test_rules_of_secrets_take_the_place_of_those_of_the_run_but_for_its_hooks():
    base = dataclasses.replace(BASE, secrets=SecretRules(allow=(re.compile("a"),), functions=(str.strip,)))
    said = override({"secrets": {"redact": ["acme_[a-z]+"]}}, base, source="s").secrets
    assert (said.redact, said.allow, said.functions) == ((re.compile("acme_[a-z]+"),), (), (str.strip,))


def test_nothing_said_changes_nothing():
    assert override({}, BASE, source="s") == BASE


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"recrod": "once"}, "s: unknown key 'recrod'\n  did you mean 'record'?"),
        ({"block_network": True}, "s: unknown key 'block_network'\n  did you mean 'block-network'?"),
        (
            {"budget": {"tax_ratio": 1}},
            "s: unknown key 'budget'\n  to fix: allowed are block-network, hosts, match, record, replay-speed, secrets",
        ),
        ({"record": "onse"}, "s: 'record' in [altax_config] is the text \"onse\""),
        ({"match": {"ignore": ["("]}}, "s: bad regular expression '('"),
        ({"match": {"ignroe": []}}, "s: unknown key 'ignroe' in [altax_config.match]"),
        ({"hosts": "a", "record": 3}, "s: 2 settings cannot be used"),
        ({3: 4}, "s: unknown key '3'"),
        (["once"], 's is the array ["once"]; a mapping is allowed'),
        (None, "s is nothing; a mapping is allowed"),
    ],
)
def test_what_cannot_be_used_is_named(table, said):
    with pytest.raises(ConfigError) as caught:
        override(table, BASE, source="s")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"cassette": ""}, "'cassette' in @pytest.mark.altax is the text \"\"; a text that is not empty is allowed"),
        ({"cassette": 3}, "'cassette' in @pytest.mark.altax is the number 3"),
        ({"cassette_scope": "package"}, "is the text \"package\"; 'class' or 'module' is allowed"),
        ({"cassette": "a", "cassette_scope": "class"}, "'cassette' and 'cassette_scope' name two cassettes"),
        ({"casette": "a"}, "did you mean 'cassette'?"),
    ],
)
def test_a_cassette_that_cannot_be_meant_is_refused(kwargs, said):
    with pytest.raises(ConfigError) as caught:
        marker_limits(kwargs, METRICS, source="s", line=None)
    assert said in str(caught.value)


def test_a_marker_that_only_names_its_cassette_sets_no_limit():
    limits, mark = marker_limits({"cassette": "shop"}, METRICS, source="s", line=None)
    assert (limits, mark.cassette) == ((), "shop")
