"""Hostile text made fit to print."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.report.safe import lines, plain


@given(st.text(alphabet=st.characters()))
def test_plain_text_is_one_line_without_control_or_format_characters(text):
    assert not [c for c in plain(text) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(st.text(alphabet=st.characters()), st.integers(1, 30))
def test_plain_text_is_no_longer_than_asked(text, most):
    assert len(plain(text, most)) <= most


@given(st.text(alphabet=st.characters()))
def test_plain_text_can_always_be_encoded(text):
    plain(text).encode("utf-8")


def test_lines_keep_their_breaks_and_indentation():
    assert lines("a\n  b\x1b[31m\n") == "a\n  b\ufffd[31m\n"
