import dataclasses

from pytest_altax.meters.variety.record import GroupVariety, Variety
from pytest_altax.report.terminal import table
from pytest_altax.report.variety import variety


def group(vendi: float, refusals: int = 0, answered: Variety | None = None) -> GroupVariety:
    return GroupVariety("g", Variety(10, 81.25, {"vendi": vendi, "self_bleu": 30.0}), "ngrams", refusals, 0, answered)


def cells(lines: list[str], label: str) -> list[str]:
    return next(line for line in lines if line.strip().startswith(label)).split()[len(label.split()) :]


def test_nothing_measured_says_nothing():
    assert variety([], "c-1") == []
    assert variety([(False, GroupVariety("g", Variety(3), "ngrams"))], "c-1") == []


def test_it_names_the_clusterer_and_what_is_compared():
    head = variety([(False, group(2.0))], "c-1")[0]
    assert head == "diversity of 1 prompt with 5 answers or more; clusterer c-1, similarity ngrams"


def test_values_are_averaged_and_stand_below_length_and_quality():
    lines = variety([(False, group(2.0)), (False, group(3.0))], "c-1")
    assert lines[1].split() == ["all"]
    assert cells(lines, "vendi") == ["2.500"]
    assert (cells(lines, "words per answer"), cells(lines, "answers")) == (["81.2"], ["20"])
    assert (cells(lines, "refused"), cells(lines, "empty")) == (["0%"], ["0%"])


def test_answers_that_are_no_refusals_have_a_column_where_there_is_a_refusal():
    answered = Variety(8, 100.0, {"vendi": 4.0})
    lines = variety([(False, group(2.0, 2, answered)), (False, group(3.0))], "c-1")
    assert lines[1].split() == ["all", "no", "refusals"]
    assert cells(lines, "vendi") == ["2.500", "3.500"]
    assert cells(lines, "refused") == ["10%", "-"]


def test_benign_and_harmful_prompts_have_columns_where_there_are_both():
    lines = variety([(False, group(2.0)), (True, group(4.0))], "c-1")
    assert lines[1].split() == ["all", "benign", "harmful"]
    assert cells(lines, "vendi") == ["3.000", "2.000", "4.000"]


def test_a_measure_without_a_value_in_a_column_is_a_dash():
    few = Variety(4, 3.0, {}, {"vendi": "fewer than 5 samples"})
    lines = variety([(False, group(2.0, 6, few))], "c-1")
    assert cells(lines, "vendi") == ["2.000", "-"]
    assert cells(lines, "words per answer") == ["81.2", "-"]


def test_hostile_names_are_printed_plain():
    named = dataclasses.replace(group(1.0), similarity="\x1b[31mred")
    assert "\x1b" not in "".join(variety([(False, named)], "c\x07-1"))


def test_the_table_of_the_run_shows_it(results):
    sampled = dataclasses.replace(results.tests[0], sampled=(group(2.0),))
    shown = dataclasses.replace(results, tests=(sampled, *results.tests[1:]))
    assert any(row.text.split() == ["vendi", "2.000"] for row in table(shown, 100, verbosity=0))
    assert not any("vendi" in row.text for row in table(shown, 100, verbosity=-1))
    assert not any("diversity of" in row.text for row in table(results, 100, verbosity=0))
