"""Recordings of every kind, for property tests."""

import json

from hypothesis import strategies as st

from pytest_altax.capture.recording import Recording
from pytest_altax.records import Request, Response

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
spelled = st.builds(
    lambda value, how, end: (json.dumps(value, **how) + end).encode("utf-8", "surrogatepass"),
    json_values,
    st.sampled_from([{}, {"indent": 2}, {"indent": 3}, {"separators": (",", ":"), "ensure_ascii": False}]),
    st.sampled_from(["", "\n", " \r\n"]),
)
events = st.lists(st.text(), max_size=4).map(lambda parts: "\n\n".join(parts).encode())
contents = st.binary() | spelled | st.text().map(str.encode) | events
types = st.sampled_from(["application/json", "text/event-stream", "text/event-stream; charset=utf-8", ""])
names = st.from_regex(r"[a-z-]{1,12}", fullmatch=True)
headers = st.lists(st.tuples(names, st.text()), max_size=3).map(tuple)
gaps = st.floats(min_value=0, allow_infinity=False, allow_nan=False)


@st.composite
def responses(draw):
    content = draw(contents)
    chunks = draw(st.lists(st.integers(0, 50), max_size=4)) if content else []
    return Response(
        draw(st.integers(100, 599)),
        (("content-type", draw(types)), *draw(headers)),
        content,
        draw(st.text()),
        tuple(chunks),
        tuple(draw(gaps) for _ in chunks),
        draw(st.booleans()),
    )


recordings = st.builds(
    Recording,
    st.builds(Request, names, st.text(), headers, contents),
    st.none() | responses(),
    st.none() | st.text(),
    st.none() | st.text(),
    st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)),
)
