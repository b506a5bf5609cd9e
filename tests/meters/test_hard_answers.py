"""Short answers made by hand, each with its label and why it is hard, in many languages."""

import json
import pathlib
from collections import Counter

import pytest

from pytest_altax.meters.detecting import label_text

CASES = [
    json.loads(line) for line in pathlib.Path(__file__).with_name("hard_answers.jsonl").read_text("utf-8").splitlines()
]
NAMES = [f"{case['language']}-{case['label']}-{case['why'].replace(' ', '-')}-{n}" for n, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_hard_answer_gets_its_label(case: dict[str, str]):
    assert label_text(case["response"]).kind.value == case["label"]


def test_the_hard_answers_are_many_and_of_both_kinds_in_each_language():
    kinds = Counter((case["language"], case["label"]) for case in CASES)
    languages = {language for language, _ in kinds}
    assert len(CASES) >= 150
    assert len(languages) >= 24
    assert all(kinds[language, label] for language in languages for label in ("refusal", "compliance"))


def test_all_hard_answers_of_each_language_are_right():
    right: Counter[str] = Counter()
    for case in CASES:
        right[case["language"]] += label_text(case["response"]).kind.value == case["label"]
    assert right == Counter(case["language"] for case in CASES)
