import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
from click.testing import CliRunner

import pytest_altax
from pytest_altax.cli import main
from pytest_altax.measurements import Direction, Metric, Pooling, Unit

THIRD_PARTY = '''
from pytest_altax.measurements import Direction, Metric, Pooling, Unit


class Shouting:
    """Share of answers in capitals.

    What it measures: how often the model shouts.
    """

    metrics = (Metric("shouting_rate", Unit.RATIO, Direction.LOWER, Pooling.RATE, "answers in capitals"),)

    def measure(self, reading):
        return ()


def pytest_altax_meters():
    return [Shouting()]


def pytest_altax_unheard_of():
    raise AssertionError("not a hook")
'''


def explain(*arguments):
    return CliRunner().invoke(main, ["explain", *arguments])


def installed(monkeypatch, *points):
    monkeypatch.setattr(
        "pytest_altax.cli.extensions.entry_points", lambda group: [p for p in points if p.group == group]
    )


def test_a_metric_has_a_page():
    result = explain("tax_ratio")
    assert result.exit_code == 0
    assert "tax_ratio" in result.output


def test_without_a_name_every_metric_stands_in_a_table():
    result = explain()
    assert result.exit_code == 0
    heading, *rows = result.output.splitlines()
    assert heading.split() == ["metric", "unit", "better", "what", "it", "is"]
    assert [row.split()[0] for row in rows] == sorted(row.split()[0] for row in rows)
    assert {"tax_tokens", "refusal_rate", "distinct_2"} <= {row.split()[0] for row in rows}
    assert len({row.index(row.split("  ")[-1].strip()) for row in rows}) == 1


@pytest.mark.parametrize("slug", ["config-error", "unmatched-call", "network-blocked"])
def test_an_error_is_explained_under_its_slug(slug):
    result = explain(slug)
    assert result.exit_code == 0
    assert result.output.startswith(slug)


@pytest.mark.parametrize("line", ["resent", "idle_tools", "layer", "layer:guardrail", "guard", "output_framing"])
def test_a_line_of_the_ledger_opens_the_page_of_the_ledger(line):
    result = explain(line)
    assert result.exit_code == 0
    assert result.output.startswith(f"# {line.partition(':')[0]}_tokens\n")
    assert "every token the provider billed, on one line" in result.output


def test_a_metric_of_a_meter_of_ones_own_gets_no_other_offered():
    result = explain("shouting_rate")
    assert result.exit_code == 2
    assert "did you mean" not in result.stderr


def test_a_page_refers_to_nothing_that_a_reader_does_not_have():
    assert "METRICS of this project" not in explain("resent").output


def test_an_unknown_name_exits_2_with_the_nearest():
    result = explain("tax_ratoi")
    assert result.exit_code == 2
    assert "did you mean 'tax_ratio'?" in result.stderr
    assert "metrics of a conftest.py's meters are known to pytest alone, those of installed packages here too" in (
        result.stderr
    )
    assert result.stdout == ""


def test_an_installed_package_adds_its_metrics(monkeypatch, tmp_path):
    (tmp_path / "shouting_meter.py").write_text(THIRD_PARTY)
    monkeypatch.syspath_prepend(tmp_path)
    installed(monkeypatch, EntryPoint("shouting", "shouting_meter", "altax"))
    assert "answers in capitals" in explain().output
    assert "how often the model shouts" in explain("shouting_rate").output


def test_an_entry_point_that_cannot_be_loaded_is_named(monkeypatch):
    installed(monkeypatch, EntryPoint("broken", "no_such_module_at_all", "altax"))
    result = explain()
    assert result.exit_code == 2
    assert "entry point 'broken'" in result.stderr
    assert "no_such_module_at_all" in result.stderr


def test_the_version_is_that_of_the_package():
    assert CliRunner().invoke(main, ["--version"]).output == f"altax {pytest_altax.__version__}\n"


def test_help_names_the_commands():
    result = CliRunner().invoke(main, ["-h"])
    assert result.exit_code == 0
    assert "explain" in result.output


def test_an_unknown_command_exits_2():
    assert CliRunner().invoke(main, ["explian"]).exit_code == 2


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["explain"]])
def test_the_command_imports_neither_pytest_nor_what_it_does_not_need(arguments):
    code = (
        "import sys\nfrom pytest_altax.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "heavy = {'pytest', '_pytest', 'vcr', 'httpx', 'jsonschema', 'tiktoken', 'genai_prices'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "LOADED []"


def test_a_table_keeps_its_columns_whatever_the_names(monkeypatch):
    from pytest_altax.cli.explain import table

    metrics = {
        name: Metric(name, Unit.TOKENS, Direction.NEUTRAL, Pooling.TOTAL, f"about {name}")
        for name in ("a", "a_very_long_name_indeed")
    }
    assert table(metrics)[1].index("about") == table(metrics)[2].index("about")
