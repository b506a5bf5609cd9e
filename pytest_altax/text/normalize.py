"""Text made comparable: apostrophes, quotes, white space, case, numbers."""

from __future__ import annotations

import re
import unicodedata

_STRAIGHT = {
    "'": "\u2018\u2019\u02bc\u00b4\uff07",
    '"': "\u201c\u201d\u201e\u00ab\u00bb",
    " ": "\u00a0\u202f",
    "-": "\u2010\u2011\u2013\u2014",
}
_INVISIBLE = str.maketrans(dict.fromkeys("\u200b\u00ad\ufeff"))
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def straight(text: str) -> str:
    """Text with straight apostrophes and quotes, plain hyphens and spaces; each character stays in its place."""
    if not text.isascii():
        for simple, others in _STRAIGHT.items():
            for other in others:  # fifteen searches cost a tenth of one translation
                text = text.replace(other, simple)
    return text


def plain(text: str) -> str:
    """As `straight`, with composed accents and without invisible characters; case is kept."""
    return straight(unicodedata.normalize("NFC", text)).translate(_INVISIBLE)


def canonical(text: str) -> str:
    """Text with case, quotes and white space made equal and each number replaced by `#`."""
    return " ".join(_NUMBER.sub("#", plain(text).casefold()).split())
