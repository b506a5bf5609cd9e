import json

import pytest

from pytest_altax.capture import RecordMode
from pytest_altax.config import load
from pytest_altax.config.limits import RUN_ONLY
from pytest_altax.config.schema import schema
from pytest_altax.errors import ConfigError
from pytest_altax.measurements import Estimate
from pytest_altax.meters.registry import MeterRegistry

TABLE = "[tool.pytest-altax]\n"
BUDGET = "[tool.pytest-altax.budget]\n"
BUDGETS = "[[tool.pytest-altax.budgets]]\n"
LAYERS = "[tool.pytest-altax.layers]\n"


def test_an_unknown_key_is_named_with_its_place_and_the_nearest(project):
    assert project.refuses("[project]\nname = 'x'\n\n" + TABLE + "bugdet = 3\n") == (
        "pyproject.toml:5:1: unknown key 'bugdet' in [tool.pytest-altax]\n"
        "  did you mean 'budget'?\n"
        "  read: altax explain config-error"
    )


def test_a_key_like_no_other_is_told_which_there_are(project):
    said = project.refuses(TABLE + "zzz = 3\n")
    assert "to fix: allowed are detector, clusterer, " in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (TABLE + "detector = 3", "2:1: 'detector' in [tool.pytest-altax] is the number 3; text is allowed"),
        (
            TABLE + "block-network = 'yes'",
            "2:1: 'block-network' in [tool.pytest-altax] is the text \"yes\"; true or false",
        ),
        (TABLE + "layers = []", "2:1: 'layers' in [tool.pytest-altax] is the array []; a table is allowed"),
        (TABLE + "hosts = 'x'", "2:1: 'hosts' in [tool.pytest-altax] is the text \"x\"; an array is allowed"),
        (TABLE + "hosts = ['x', 1]", "2:15: item 2 of 'hosts' in [tool.pytest-altax] is the number 1; text is allowed"),
        (
            TABLE + "hosts = ['http://x']",
            "2:10: item 1 of 'hosts' in [tool.pytest-altax] is the text \"http://x\"; it must",
        ),
        (TABLE + "hosts = ['x', 'x']", "2:1: 'hosts' in [tool.pytest-altax] names something twice"),
        (TABLE + "cassette-dir = ''", "2:1: 'cassette-dir' in [tool.pytest-altax] is empty"),
        (TABLE + "record = 2026-01-01", "2:1: 'record' in [tool.pytest-altax] is the date 2026-01-01; allowed are"),
        (
            BUDGET + "tax_ratio = '35%'",
            "2:1: 'tax_ratio' in [tool.pytest-altax.budget] is the text \"35%\"; a number or a",
        ),
        (BUDGET + "tax_ratio = true", "2:1: 'tax_ratio' in [tool.pytest-altax.budget] is true; a number or a table is"),
        (BUDGET + "tax_ratio.max = true", "2:11: 'max' in [tool.pytest-altax.budget.tax_ratio] is true; a number is"),
        (
            "[tool.pytest-altax.tax]\nresent = 1",
            "2:1: 'resent' in [tool.pytest-altax.tax] is the number 1; true or false",
        ),
        (TABLE + "prices = { m = { input = 1 } }", "2:12: [tool.pytest-altax.prices.m] has no 'output'"),
        (
            TABLE + "prices.m = { input = -1, output = 1 }",
            "2:14: 'input' in [tool.pytest-altax.prices.m] is the number -1",
        ),
        (TABLE + "prices.m = { input = inf, output = 1 }", "2:8: 'input' in [tool.pytest-altax.prices.m] is inf"),
    ],
)
def test_a_wrong_value_says_what_was_found_and_what_is_allowed(project, text, what):
    assert what in project.refuses(text)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        (TABLE + "detector = 3", 'detector = "hybrid"'),
        (TABLE + "hosts = 'x'", 'hosts = ["llm.example.com", "localhost:8080"]'),
        (TABLE + "match = 3", r"match = { ignore = ['\d{4}-\d\d-\d\d'] }"),
        (BUDGET + "tax_ratio = '35%'", "tax_ratio = 0.35"),
        (BUDGET + "tax_tokens = '1k'", "tax_tokens = 900"),
        (BUDGET + "calls.max = true", "max = 900"),
        (BUDGETS + "match = '*'\ncost_usd = '1c'", "cost_usd = 0.01"),
        (BUDGET + "refusal_rate = { max = 0.1, alpha = 'x' }", "alpha = 0.05"),
        (LAYERS + "a = 'x'", 'a = { file = "prompts/guardrail.md" }'),
    ],
)
def test_a_wrong_value_comes_with_an_example(project, text, example):
    assert f"to fix: for example {example}\n" in project.refuses(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            BUDGET + "tax_ratio = 35",
            "max of 'tax_ratio' is 35, but it is between 0 and 1\n  to fix: for 35% write 0.35",
        ),
        (BUDGET + "tax_ratio = 1.5", "max of 'tax_ratio' is 1.5, but it is between 0 and 1"),
        (BUDGET + "refusal_selectivity = -2", "min of 'refusal_selectivity' is -2, but it is between -1 and 1"),
        (BUDGET + "tax_tokens = -1", "max of 'tax_tokens' is -1, but it is at least 0"),
        (BUDGET + "cost_usd = nan", "max of 'cost_usd' is nan"),
        (BUDGET + "momentum = { min = -inf }", "min of 'momentum' is -inf"),
        (BUDGET + "calls = { max = 1, min = 2 }", "'calls' has max 1 below min 2"),
        (
            BUDGET + "calls = { alpha = 0.1 }",
            "'calls' has none of max, min, max-increase, max-decrease, so it can never fail",
        ),
        (BUDGET + "calls = {}", "a limit without a bound can never fail"),
        (BUDGET + "calls = { max = 1, alpha = 0.1 }", "'calls' is compared exactly: alpha means nothing to it"),
        (
            BUDGET + "refusal_rate = { max = 0.1, alpha = 0 }",
            "'alpha' in [tool.pytest-altax.budget.refusal_rate] is the",
        ),
        (BUDGET + "refusal_rate = { max = 0.1, alpha = 0.9 }", "it must be at most 0.5"),
        (BUDGET + "refusal_rate = 1", "'refusal_rate' is never beyond 1: its budget can never fail"),
        (
            BUDGET + "tax_ratio = { max-increase = '5' }",
            """max-increase of 'tax_ratio' is the text "5"; a number or a percentage of at least 0 is allowed
  to fix: for example tax_ratio = { max-increase = "5%" }""",
        ),
        (BUDGETS, "a budget without a metric can never fail"),
        (BUDGETS + "match = '*'", "a budget without a metric can never fail"),
        (BUDGETS + "tax_tokens = 3", "[[tool.pytest-altax.budgets]] has no 'match'"),
        (BUDGETS + "match = '*'\nlanguage = 'de'", "[[tool.pytest-altax.budgets]] has no limit, so it does nothing"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(project, text, what):
    assert what in project.refuses(text)


def test_a_metric_of_whole_runs_is_no_limit_of_tests(project):
    said = project.refuses(BUDGETS + "match = '*'\nrefusal_selectivity = 0.5\n")
    assert said.startswith("pyproject.toml:3:1: refusal_selectivity exists for a whole run only\n")
    assert "to fix: move it to [tool.pytest-altax.budget]\n" in said
    assert project.load(BUDGET + "refusal_selectivity = 0.5\n").budget.run[0].metric == "refusal_selectivity"


def test_metrics_of_whole_runs_are_those_that_meters_derive():
    registry = MeterRegistry()
    pooled = {name: Estimate(name, 0.25, low=0.1, high=0.5, n=10) for name in registry.metrics}
    assert set(registry.derive(pooled)) == RUN_ONLY


@pytest.mark.parametrize(
    ("text", "where", "meant"),
    [
        (BUDGET + "tax_ratoi = 0.3", "2:1: unknown metric 'tax_ratoi' in [tool.pytest-altax.budget]", "tax_ratio"),
        (BUDGETS + "match = '*'\ncall = 1", "3:1: unknown metric 'call' in [[tool.pytest-altax.budgets]]", "calls"),
        (BUDGETS + "mtach = '*'\ncalls = 1", "2:1: unknown metric 'mtach' in [[tool.pytest-altax.budgets]]", "match"),
        (BUDGET + "calls = { mox = 1 }", "2:11: unknown key 'mox' in [tool.pytest-altax.budget.calls]", "max"),
        (LAYERS + "a = { fil = 'x' }", "2:7: unknown key 'fil' in [tool.pytest-altax.layers.a]", "file"),
        (TABLE + "detector = 'lexcal'", "2:1: no detector of that name is known: 'lexcal'", "lexical"),
        (TABLE + "clusterer = 'jacard2'", "2:1: no clusterer of that name is known: 'jacard2'", "jaccard2"),
        (TABLE + "record = 'onse'", "2:1: 'record' in [tool.pytest-altax] is the text \"onse\"", "once"),
        (TABLE + "on-stale = 'warning'", "2:1: 'on-stale' in [tool.pytest-altax] is the text \"warning\"", "warn"),
        ("[tool.pytest-altax.tax]\nidle_tool = true", "2:1: no line 'idle_tool' in the ledger", "idle_tools"),
        ("[tool.pytest_altax]\n", "1:7: [tool.pytest_altax] is read by nobody", "[tool.pytest-altax]"),
    ],
)
def test_a_wrong_name_gets_the_nearest(project, text, where, meant):
    said = project.refuses(text)
    assert where in said
    assert meant in said


@pytest.mark.parametrize(
    "name",
    [
        "altax",
        "pytest_altax",
        "pytestaltax",
        "PyTest-Altax",
        "pytest-atlax",
        "pytest-altx",
        "py-test-altax",
        "pytest-alltax",
        "pytest-alignment-tax",
        "pytest.altax",
        "pytest_altax.budget",
    ],
)
def test_a_table_under_a_name_that_is_near_is_refused(project, name):
    said = project.refuses(f"[project]\nname = 'x'\n[tool.{name}]\ntax_ratio = 0.3\n")
    place, _, what = said.partition(": ")
    assert place.startswith("pyproject.toml:3:")
    assert what.startswith(
        f"[tool.{name.removesuffix('.budget')}] is read by nobody\n  did you mean '[tool.pytest-altax]'?"
    )


def test_a_near_name_is_refused_beside_the_right_one(project):
    said = project.refuses(TABLE + "[tool.pytest]\naltax = true\n")
    assert said.startswith("pyproject.toml:3:1: [tool.pytest.altax] is read by nobody")


@pytest.mark.parametrize(
    "name",
    [
        "pytest",
        "pytest.ini_options",
        "pytest-asyncio",
        "pytest-benchmark",
        "pytest-env",
        "pytest_env",
        "pytest-cov",
        "pytest-xdist",
        "pytest-mypy",
        "pytest-relaxed",
        "pytest-watch",
        "pytest-tap",
        "pytest-vcr",
        "pytest-black",
        "tox",
        "black",
        "mypy",
        "ruff",
        "hatch",
    ],
)
def test_tables_of_other_tools_are_left_alone(project, name):
    assert project.load(f"[tool.{name}]\na = 1\n").budget.run == ()


def test_a_layer_has_exactly_one_way_to_be_found(project):
    assert "'a' in [tool.pytest-altax.layers] has file and regex, of which one" in project.refuses(
        LAYERS + "a = { file = 'x', regex = 'x' }"
    )
    assert "a layer needs one of file, regex, endpoint and tag" in project.refuses(LAYERS + "a = {}")
    assert "'tag' in [tool.pytest-altax.layers.a] is false; allowed is true" in project.refuses(
        LAYERS + "a.tag = false"
    )


def test_a_missing_layer_file_names_the_nearest_there_is(project):
    project.write("prompts/guardrail.md", "x")
    project.write(".hidden/guardrial.md", "x")
    for name in ("prompts/guardrial.md", "guardrail.md"):
        said = project.refuses(f"{LAYERS}a = {{ file = '{name}' }}")
        assert f"2:1: layer 'a': no file '{name}' in {project.folder}\n  did you mean 'prompts/guardrail.md'?" in said


def test_a_layer_file_must_be_text_with_something_in_it(project):
    project.write("empty.md", " \n")
    project.write("latin.md", "Straße".encode("latin-1"))
    (project.folder / "folder").mkdir()
    assert "'empty.md' is empty" in project.refuses(LAYERS + "a.file = 'empty.md'")
    assert "'latin.md' is not UTF-8 (byte 5)" in project.refuses(LAYERS + "a.file = 'latin.md'")
    assert "'folder' cannot be read" in project.refuses(LAYERS + "a.file = 'folder'")
    assert "is no file name" in project.refuses(LAYERS + 'a.file = "a\\u0000b"')


@pytest.mark.parametrize("name", ['""', '"\\u001b[31m"', '" "'])
def test_a_layer_has_a_name_that_can_be_printed(project, name):
    assert "a layer cannot be named" in project.refuses(f"{LAYERS}{name} = {{ tag = true }}")


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("a(b", "bad regular expression 'a(b' at character 2: missing ), unterminated subpattern"),
        ("[z-a]", "bad regular expression '[z-a]' at character 2: bad character range z-a"),
        ("x*", "regular expression 'x*' fits the empty text, so it fits everywhere"),
        (
            "a{99999999999}",
            "regular expression 'a{99999999999}' cannot be compiled: the repetition number is too large",
        ),
    ],
)
def test_a_bad_pattern_says_where_it_is_bad(project, pattern, what):
    for text, place in (
        (f"{LAYERS}a.regex = '{pattern}'", "2:1"),
        (f"{TABLE}match.ignore = ['ok', '{pattern}']", "2:23"),
    ):
        assert project.refuses(text).startswith(f"pyproject.toml:{place}: {what}")


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file(project):
    text = TABLE + "detector = 3\nrecord = 'x'\n" + BUDGET + "calls = -1\ntax = 2\n" + "\n" * 5 + LAYERS + "a = {}\n"
    said = project.refuses(text).splitlines()
    assert said[0] == "pyproject.toml: 5 settings cannot be used"
    assert [line.split(":")[1] for line in said[1:6]] == ["2", "3", "5", "6", "13"]


def test_a_long_list_is_cut_after_ten(project):
    said = project.refuses(TABLE + "".join(f"zz{number} = 1\n" for number in range(14)))
    assert "pyproject.toml: 14 settings cannot be used" in said
    assert "and 4 more" in said
    assert said.count("unknown key") == 10


def test_a_value_the_schema_refuses_is_refused_once(project):
    assert project.refuses(BUDGET + "tax_ratio = 'x'").count("tax_ratio'") == 1


def test_broken_toml_has_its_place(project):
    assert "pyproject.toml:2:5: no valid TOML: " in project.refuses("a = 1\nb = \n")


def test_a_file_that_is_no_text_or_not_there_is_named(project, tmp_path):
    project.write("pyproject.toml", b"a = '\xff'")
    with pytest.raises(ConfigError, match=r"pyproject.toml is not UTF-8 \(byte 6\)"):
        load(tmp_path / "pyproject.toml", root=tmp_path, metrics={}, detectors=[], clusterers=[])
    with pytest.raises(ConfigError, match=r"nothing.toml cannot be read"):
        load(tmp_path / "nothing.toml", root=tmp_path, metrics={}, detectors=[], clusterers=[])


def test_a_table_that_is_none_is_refused(project):
    assert "pyproject.toml:2:1: 'pytest-altax' in [tool] is the number 3" in project.refuses(
        "[tool]\npytest-altax = 3\n"
    )


def test_an_unknown_recording_mode_of_the_command_line_names_the_nearest(project):
    said = project.refuses("", record="onse")
    assert "--altax-record=onse is no recording mode" in said
    assert "did you mean 'once'?" in said


def test_the_shipped_schema_is_a_schema_and_knows_every_recording_mode():
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(json.dumps(schema())))
    assert schema()["properties"]["record"]["enum"] == [mode.value for mode in RecordMode]


def test_every_example_of_the_schema_fits_it():
    from jsonschema import Draft202012Validator

    for name, part in schema()["properties"].items():
        for example in [*part["examples"], *([part["default"]] if "default" in part else [])]:
            Draft202012Validator(schema()).validate({name: example})
