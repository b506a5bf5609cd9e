import re

import pytest
from altax_tables import METRICS

from pytest_altax.capture import CaptureSettings, RecordMode
from pytest_altax.config import Settings, load
from pytest_altax.errors import ConfigError
from pytest_altax.gate.budget import Budget, Limit, Policy, TestLimits
from pytest_altax.meters.base import Layer, Price

FULL = """\
[tool.pytest-altax]
detector = "strict"
clusterer = "jaccard2"
tokenizer = "auto"
record = "once"
cassette-dir = "tapes"
on-inconclusive = "warn"
on-stale = "fail"
hosts = ["LLM.example.com:8080", "*.local"]
block-network = true
match = { ignore = ['\\d{4}-\\d\\d-\\d\\d'] }
[tool.pytest-altax.layers]
guardrail = { file = "prompts/guardrail.md" }
disclaimer = { regex = "(?s)<policy>.*?</policy>" }
moderation = { endpoint = "openai.moderations" }
judge = { tag = true }
[tool.pytest-altax.budget]
tax_ratio = 0.350
refusal_rate = { max = 0.02, alpha = 0.01 }
[tool.pytest-altax.budget.distinct_2]
min = 0.4
max = 0.9
[[tool.pytest-altax.budgets]]
match = "tests/support/*"
tax_tokens = 900
[[tool.pytest-altax.budgets]]
match = "*"
calls = 3
refusal_rate = 1
[tool.pytest-altax.tax]
idle_tools = false
"layer:guardrail" = false
"tools:search" = true
[tool.pytest-altax.prices."my model"]
input = 0.15
output = 0.6
cache-write = 1
cache-write-1h = 2
input-audio = 3
output-audio = 4
"""
BUDGET = "pyproject.toml [tool.pytest-altax.budget]"
BUDGETS = "pyproject.toml [[tool.pytest-altax.budgets]]"
LAYERS = "pyproject.toml [tool.pytest-altax.layers]"


@pytest.fixture
def full(project):
    project.write("prompts/guardrail.md", "Sei höflich.\n")
    return project.load(FULL)


def test_without_a_file_everything_has_its_default(tmp_path):
    settings = load(None, root=tmp_path, metrics={}, detectors=[], clusterers=[])
    assert settings == Settings()
    assert (settings.detector, settings.clusterer, settings.cassette_dir) == ("hybrid", "rouge1-greedy", "cassettes")


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.black]\nx = 1\n", "tool = 3\n"])
def test_without_a_table_everything_has_its_default(project, text):
    assert project.load(text) == Settings(path=project.folder / "pyproject.toml")


def test_an_empty_table_is_the_default_too(project):
    assert project.load("[tool.pytest-altax]\n").digest == Settings().digest


def test_capture_is_told_mode_hosts_patterns_and_wall(full):
    ignored = (re.compile(r"\d{4}-\d\d-\d\d"),)
    assert full.capture == CaptureSettings(RecordMode.ONCE, ("llm.example.com:8080", "*.local"), ignored, True)


def test_layers_are_found_in_one_of_four_ways(full):
    assert full.layers == (
        Layer("guardrail", text="Sei höflich.\n", source=f"{LAYERS} guardrail", line=13),
        Layer("disclaimer", pattern=re.compile("(?s)<policy>.*?</policy>"), source=f"{LAYERS} disclaimer", line=14),
        Layer("moderation", endpoint="openai.moderations", source=f"{LAYERS} moderation", line=15),
        Layer("judge", source=f"{LAYERS} judge", line=16),
    )


def test_a_limit_keeps_its_line_and_how_it_was_written(full):
    rate = f"{BUDGET} refusal_rate = {{ max = 0.02, alpha = 0.01 }}"
    distinct = f"{BUDGET} distinct_2 = {{ min = 0.4, max = 0.9 }}"
    assert full.budget.run == (
        Limit("tax_ratio", "max", 0.35, source=f"{BUDGET} tax_ratio = 0.350", line=18),
        Limit("refusal_rate", "max", 0.02, alpha=0.01, source=rate, line=19),
        Limit("distinct_2", "max", 0.9, source=distinct, line=22),
        Limit("distinct_2", "min", 0.4, source=distinct, line=21),
    )


def test_patterns_keep_their_order(full):
    assert full.budget.tests == (
        TestLimits(
            "tests/support/*", (Limit("tax_tokens", "max", 900, source=f"{BUDGETS} tax_tokens = 900", line=25),)
        ),
        TestLimits(
            "*",
            (
                Limit("calls", "max", 3, source=f"{BUDGETS} calls = 3", line=28),
                Limit("refusal_rate", "max", 1, source=f"{BUDGETS} refusal_rate = 1", line=29),
            ),
        ),
    )


def test_the_rest_is_taken_over(full):
    assert full.budget.policy == Policy("warn", "fail")
    assert (full.detector, full.clusterer, full.tokenizer, full.cassette_dir) == ("strict", "jaccard2", "auto", "tapes")
    assert full.tax_lines == {"idle_tools": False, "layer:guardrail": False, "tools:search": True}
    assert full.prices == {"my model": Price(0.15, 0.6, None, 1, 2, 3, 4)}


def test_the_recording_mode_of_the_command_line_goes_before_the_files(project):
    text = '[tool.pytest-altax]\nrecord = "once"\n'
    assert project.load(text).capture.mode is RecordMode.ONCE
    assert project.load(text, record="none").capture.mode is RecordMode.NONE
    assert project.load("", record="all").capture.mode is RecordMode.ALL


def test_a_layer_file_is_named_from_the_folder_of_pyproject(project, tmp_path):
    project.write("app/prompts/a.md", "hello")
    project.write("app/pyproject.toml", '[tool.pytest-altax.layers]\na = { file = "prompts/a.md" }\n')
    settings = load(tmp_path / "app" / "pyproject.toml", root=tmp_path, metrics=METRICS, detectors=[], clusterers=[])
    assert settings.layers[0].text == "hello"
    assert settings.layers[0].source == "app/pyproject.toml [tool.pytest-altax.layers] a"


@pytest.mark.parametrize(
    "change",
    [
        ("tax_ratio = 0.350", "tax_ratio = 0.351"),
        ("alpha = 0.01", "alpha = 0.02"),
        ('match = "*"', 'match = "a*"'),
        ('on-stale = "fail"', 'on-stale = "warn"'),
        ('detector = "strict"', 'detector = "lexical"'),
        ("idle_tools = false", "idle_tools = true"),
        ("input = 0.15", "input = 0.16"),
        ("(?s)<policy>", "(?s)<rules>"),
        ("\\d{4}-\\d\\d-\\d\\d", "\\d{4}"),
        ('"*.local"', '"*.lan"'),
    ],
)
def test_the_digest_tells_settings_that_change_numbers_or_verdicts(full, project, change):
    assert change[0] in FULL
    assert project.load(FULL.replace(*change)).digest != full.digest


@pytest.mark.parametrize(
    "change",
    [
        ('record = "once"', 'record = "all"'),
        ('cassette-dir = "tapes"', 'cassette-dir = "other"'),
        ("tax_ratio = 0.350", "# a comment\ntax_ratio = 0.35"),
        ("block-network = true", "block-network = false"),
    ],
)
def test_the_digest_minds_nothing_else(full, project, change):
    assert change[0] in FULL
    assert project.load(FULL.replace(*change)).digest == full.digest


def test_the_digest_tells_a_changed_layer_file(full, project):
    project.write("prompts/guardrail.md", "Sei sehr höflich.\n")
    assert project.load(FULL).digest != full.digest


def test_the_default_budget_is_empty():
    assert Settings().budget == Budget()


def test_a_declared_layer_is_a_metric(project):
    layers = "[tool.pytest-altax.layers]\ntone = { tag = true }\n"
    settings = project.load(layers + '[tool.pytest-altax.budget]\n"layer:tone" = { max-increase = "5%" }\n')
    assert [(one.metric, one.bound, one.value) for one in settings.budget.run] == [("layer:tone", "max-increase", 0.05)]


def test_a_layer_that_is_not_declared_is_none(project):
    layers = "[tool.pytest-altax.layers]\ntone = { tag = true }\n"
    with pytest.raises(ConfigError, match=r"unknown metric 'layer:tune'[\s\S]*did you mean 'layer:tone'"):
        project.load(layers + '[tool.pytest-altax.budget]\n"layer:tune" = 9\n')
