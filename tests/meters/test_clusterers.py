import itertools
import json
import pathlib
import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.meters.clusterers import CLUSTERERS, Rouge1
from pytest_altax.text.ngrams import ngrams, words_or_signs
from pytest_altax.text.normalize import plain

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "diversity" / "curated.jsonl"
answers = st.lists(st.text(alphabet="ab \n", max_size=30), max_size=8)
few_words = st.lists(st.lists(st.sampled_from([*"abcdefgh", "\U0001f52e", "!"]), max_size=14).map(" ".join), max_size=9)


def rouge1(first: str, other: str) -> bool:
    """The rule of `rouge1-greedy` as it is told."""
    one, two = (words_or_signs(text)[:100] for text in (first, other))
    shared, longer = (Counter(one) & Counter(two)).total(), max(len(one), len(two))
    return 2 * shared >= longer if longer <= 5 else 2 * shared / (len(one) + len(two)) >= 0.458


def jaccard2(first: str, other: str) -> bool:
    """The rule of `jaccard2` as it is told."""
    one, two = (words_or_signs(text) for text in (first, other))
    ours, theirs = set(ngrams(one, 2)), set(ngrams(two, 2))
    return len(ours & theirs) >= 0.4 * len(ours | theirs) if ours and theirs else one == two


def exact(first: str, other: str) -> bool:
    """The rule of `exact` as it is told."""
    return plain(first).split() == plain(other).split()


RULES = {"rouge1-greedy": rouge1, "jaccard2": jaccard2, "exact": exact}


def greedily(texts: Sequence[str], same: Callable[[str, str], bool]) -> list[int]:
    """Each text in the class of the first text that founded one and is the same, else in one of its own."""
    firsts: list[str] = []
    classes = []
    for text in texts:
        found = next((number for number, first in enumerate(firsts) if same(first, text)), len(firsts))
        firsts += [text] if found == len(firsts) else []
        classes.append(found)
    return classes


@pytest.mark.parametrize("name", CLUSTERERS)
def test_equal_answers_are_one_class_and_unlike_ones_are_not(name: str):
    assert CLUSTERERS[name].cluster(["the cat sat", "dogs run fast", "the cat sat"]) == [0, 1, 0]


@pytest.mark.parametrize("name", CLUSTERERS)
def test_no_answers_have_no_classes(name: str):
    assert CLUSTERERS[name].cluster([]) == []


@given(answers, st.sampled_from(sorted(CLUSTERERS)))
def test_classes_are_numbered_by_first_appearance_and_one_with_itself(texts: list[str], name: str):
    classes = CLUSTERERS[name].cluster(texts)
    firsts = list(dict.fromkeys(classes))
    assert firsts == list(range(len(firsts)))
    assert CLUSTERERS[name].cluster(texts * 2)[len(texts) :] == classes


@given(few_words, st.sampled_from(sorted(CLUSTERERS)))
def test_the_fast_way_finds_the_classes_of_the_rule(texts: list[str], name: str):
    assert CLUSTERERS[name].cluster(texts) == greedily(texts, RULES[name])


@pytest.mark.parametrize("name", CLUSTERERS)
def test_it_finds_them_among_many_words_too(name: str):
    dice = random.Random(1)
    words = [f"w{number}" for number in range(300)]
    texts = [" ".join(dice.choices(words[: dice.choice((9, 40, 300))], k=dice.choice((3, 8, 150)))) for _ in range(150)]
    classes = CLUSTERERS[name].cluster(texts)
    assert classes == greedily(texts, RULES[name])
    assert len(set(classes)) > 20


def test_emojis_are_told_apart():
    assert CLUSTERERS["rouge1-greedy"].cluster(["\U0001f52e", "\U0001f31f", "\U0001f52e\n"]) == [0, 1, 0]
    assert CLUSTERERS["jaccard2"].cluster(["\U0001f52e", "\U0001f31f", "\U0001f52e\n"]) == [0, 1, 0]


def test_short_answers_are_equal_when_half_the_words_of_the_longer_are_shared():
    assert CLUSTERERS["rouge1-greedy"].cluster(["Paris", "Paris!", "It is Paris", "Paris, France"]) == [0, 0, 1, 0]


def test_rouge1_compares_the_first_hundred_words():
    same = "word " * 100
    assert CLUSTERERS["rouge1-greedy"].cluster([same + "x " * 500, same + "y " * 500]) == [0, 0]


def test_rouge1_does_not_mind_the_order_of_words():
    assert CLUSTERERS["rouge1-greedy"].cluster(["a b c d e f g", "g f e d c b a"]) == [0, 0]
    assert CLUSTERERS["jaccard2"].cluster(["a b c d e f g", "g f e d c b a"]) == [0, 1]


def test_the_threshold_of_rouge1_is_458_thousandths():
    eleven = "a b c d e f g h i j k"
    five, six = "a b c d e 1 2 3 4 5 6", "a b c d e f 1 2 3 4 5"
    assert CLUSTERERS["rouge1-greedy"].cluster([eleven, five]) == [0, 1]
    assert CLUSTERERS["rouge1-greedy"].cluster([eleven, six]) == [0, 0]


def test_exact_minds_everything_but_white_space_and_quotes():
    assert CLUSTERERS["exact"].cluster(["It’s  fine", "It's fine", "it's fine"]) == [0, 0, 1]


def test_the_id_changes_with_the_parameters():
    assert Rouge1().id == CLUSTERERS["rouge1-greedy"].id != Rouge1(threshold=0.5).id


def ranks(values: Sequence[float]) -> list[float]:
    return [sum(v < value for v in values) + sum(v == value for v in values) / 2 for value in values]


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    a, b = (sum(values) / len(values) for values in (one, other))
    covariance = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
    return covariance / (sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other)) ** 0.5


@pytest.mark.skipif(not SHARED.is_file(), reason="needs the known clusters in ../shared/diversity")
def test_rouge1_agrees_with_known_clusters():
    hit = said = real = 0
    counts: list[tuple[int, int]] = []
    for row in map(json.loads, SHARED.read_text("utf-8").splitlines()):
        truth, found = row["partition"], CLUSTERERS["rouge1-greedy"].cluster(row["responses"])
        counts.append((len(set(truth)), len(set(found))))
        for i, j in itertools.combinations(range(len(truth)), 2):
            together, told = truth[i] == truth[j], found[i] == found[j]
            hit, said, real = hit + (together and told), said + told, real + together
    assert 2 * hit / (said + real) >= 0.87
    assert correlation(ranks([a for a, _ in counts]), ranks([b for _, b in counts])) >= 0.72
