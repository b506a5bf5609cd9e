import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.text.shingles import WINDOW, Repeats, covered, may_cover, may_repeat, shingles, spelled

tokens = st.lists(st.integers(0, 3), max_size=120)


def copied(*texts: list[int]) -> list[int]:
    """How many tokens of each text are copies."""
    repeats = Repeats()
    return [sum(copy.end - copy.start for copy in repeats.add(shingles(text))) for text in texts]


def slow_copies(texts: list[list[int]]) -> list[int]:
    """The same by definition: tokens in a window that stands earlier without overlap."""
    counts = []
    for number, text in enumerate(texts):
        marked: set[int] = set()
        for start in range(len(text) - WINDOW + 1):
            window = text[start : start + WINDOW]
            before = [(one, len(one)) for one in texts[:number]] + [(text, start)]
            if any(window == one[s : s + WINDOW] for one, end in before for s in range(end - WINDOW + 1)):
                marked.update(range(start, start + WINDOW))
        counts.append(len(marked))
    return counts


def test_a_text_has_a_window_for_each_run_of_32_tokens():
    assert len(shingles(range(31))) == 0
    assert len(shingles(range(32))) == 1
    assert len(shingles(range(100))) == 69


def test_equal_windows_have_equal_hashes_wherever_they_stand():
    assert shingles([7, *range(40)])[1:] == shingles(range(40))


def test_a_12345_token_text_given_twice_is_copied_once_and_thrice_twice():
    text = list(range(12_345))
    assert copied(text, text) == [0, 12_345]
    assert copied(text, text, text) == [0, 12_345, 12_345]
    assert copied(text + text) == [12_345]


def test_a_copy_with_one_percent_of_its_tokens_edited_is_found_to_more_than_90_percent():
    text = list(range(10_000))
    edited = [-1 & 0xFFFF if place % 100 == 50 else token for place, token in enumerate(text)]
    assert copied(text, edited)[1] > 9_000


def test_a_copy_never_overlaps_its_source():
    assert copied([1] * 1_000) == [968]


def test_a_window_is_not_made_across_two_texts():
    assert copied(list(range(40)), list(range(20)), list(range(20, 40))) == [0, 0, 0]


@given(st.lists(tokens, max_size=4))
def test_copies_are_those_of_the_definition(texts: list[list[int]]):
    assert copied(*texts) == slow_copies(texts)


@given(st.lists(tokens, max_size=4))
def test_the_quick_look_misses_no_copy(texts: list[list[int]]):
    if sum(copied(*texts)):
        assert may_repeat([spelled(text) for text in texts])


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=150), max_size=3), st.data())
def test_the_quick_look_finds_a_copy_at_any_place(texts: list[list[int]], data: st.DataObject):
    copy = list(range(WINDOW))
    for text in [[], *texts][:2] * 2:
        text[(place := data.draw(st.integers(0, len(text)))) : place] = copy
    assert may_repeat([spelled(text) for text in ([*copy, 7], *texts, [9, *copy])])


@pytest.mark.parametrize("place", [0, 5, 16, 24_999])
def test_the_quick_look_finds_a_copy_in_a_long_text(place: int):
    text = list(range(25_000))
    text[place:place] = range(30_000, 30_000 + WINDOW)
    assert may_repeat([spelled(text), spelled([7, *range(30_000, 30_000 + WINDOW)])])
    assert not may_repeat([spelled(text), spelled(range(40_000, 40_100))])


def test_the_quick_look_sees_that_nothing_is_repeated():
    assert not may_repeat([spelled(text) for text in (range(10_000), range(10_000, 10_031), [], [5])])


@given(tokens, tokens)
def test_the_quick_look_misses_nothing_that_is_covered(text: list[int], known: list[int]):
    if covered(shingles(text), set(shingles(known))):
        assert may_cover(spelled(text), spelled(known))


def test_the_quick_look_sees_that_nothing_is_covered():
    assert not may_cover(spelled(range(1_000)), spelled(range(1_000, 2_000)))


def test_tokens_that_are_no_characters_can_be_spelled():
    assert len(spelled([0, 0xD800, 0xFFFF_FFFF])) == 3


def test_covered_tokens_are_merged_spans():
    known = set(shingles(range(100)))
    text = [*range(50), *[999] * 10, *range(60, 95)]
    assert covered(shingles(text), known) == [(0, 50), (60, 95)]


def test_nothing_is_covered_by_nothing():
    assert covered(shingles(range(50)), set()) == []
