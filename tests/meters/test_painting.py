from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.meters.painting import Painting

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair))), max_size=6)


@given(st.integers(1, 40), st.lists(st.tuples(SPANS, st.sampled_from("abc")), max_size=4))
def test_later_paint_covers_earlier_token_by_token(size, paints):
    painting, expected = Painting(size, "task"), ["task"] * size
    for spans, line in paints:
        within = [(min(start, size), min(end, size)) for start, end in spans]
        painting.paint(within, line)
        for start, end in within:
            expected[start:end] = [line] * (end - start)
    runs = list(painting.runs())
    assert [line for line, tokens in runs for _ in range(tokens)] == expected
    assert all(one[0] != other[0] for one, other in pairwise(runs))
