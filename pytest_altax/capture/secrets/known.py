"""Values that are known to be secret because they were seen where only secrets stand, wherever they come again."""

from __future__ import annotations

import base64
import html
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from .spans import PLACEHOLDER, Span, placeholder

_SHORTEST, _LONGEST = 8, 16_384
# How many are kept, the latest: of keys, of which a suite has a few, and of what is new with every call.
_MOST, _MOST_BRIEF = 1024, 256
# Shorter ones are replaced only where they stand alone.
_LONG = 12
_LONGEST_WORD = 16
# Ids that an application hands on to its next call, which a server may also use as the id of the request.
_CHAINED = ("asst", "batch", "call", "chatcmpl", "cmpl", "file", "gen", "item", "msg", "resp", "run", "thread", "toolu")


class _Needle(NamedTuple):
    spelled: bytes
    by: bytes
    apart: bool


class Known:
    """The secret values seen so far, the latest 1,024 keys and the latest 256 of what is new with every call.

    Safe to use from several threads.

    `version` grows whenever one is added.
    """

    def __init__(self) -> None:
        self.version = 0
        self._secrets: OrderedDict[str, list[_Needle]] = OrderedDict()
        self._brief: OrderedDict[str, list[_Needle]] = OrderedDict()
        self._needles: tuple[_Needle, ...] = ()
        self._lock = threading.Lock()

    def learn(self, value: str, *, brief: bool = False) -> None:
        """A value that was seen as a secret. A plain word or a short one is none: it may stand anywhere by chance.

        One that is `brief` is another in the next call: a signature, a cookie.
        """
        ring, most = (self._brief, _MOST_BRIEF) if brief else (self._secrets, _MOST)
        if not self._is_known(ring, value) and is_telling(value):
            by = placeholder(value.encode("utf-8", "surrogateescape"))
            needles = [_Needle(one, by, len(one) < _LONG) for one in (*_spelled(value), *_coded(value))]
            self._add(ring, value, needles, most)

    def learn_id(self, value: str) -> None:
        """An id of a request, an account, an organization or a project: replaced where it is a whole word.

        One that could be a word is none, nor is one that an application hands on to its next call.
        """
        mixed = any(character.isdigit() for character in value) or not (value.islower() or value.isupper())
        chained = value.partition("-")[0].partition("_")[0] in _CHAINED
        telling = (mixed or len(value) > _LONGEST_WORD) and not chained and is_telling(value)
        if telling and not self._is_known(self._brief, value):
            self._add(self._brief, value, [_Needle(one, PLACEHOLDER, True) for one in _spelled(value)], _MOST_BRIEF)

    def _is_known(self, ring: OrderedDict[str, list[_Needle]], value: str) -> bool:
        with self._lock:
            if value in ring:
                ring.move_to_end(value)
            return value in ring

    def _add(self, ring: OrderedDict[str, list[_Needle]], value: str, needles: list[_Needle], most: int) -> None:
        with self._lock:
            ring[value] = needles
            if len(ring) > most:
                ring.popitem(last=False)
            every = (*self._secrets.values(), *self._brief.values())
            self._needles = tuple(needle for needles in every for needle in needles)
            self.version += 1

    def find(self, data: bytes) -> Iterator[Span]:
        """Where these values stand, in any of the ways in which they are written."""
        for needle in self._needles:
            at = data.find(needle.spelled)
            while at >= 0:
                end = at + len(needle.spelled)
                if not (needle.apart and (_is_word(data[max(0, at - 1) : at]) or _is_word(data[end : end + 1]))):
                    yield Span(at, end, "a value seen as a secret", needle.by)
                at = data.find(needle.spelled, end)


def is_telling(value: str) -> bool:
    """Whether a value can be known again: neither short nor a single plain word, and no placeholder of ours."""
    word = value.isalpha() and (value.islower() or value.isupper() or value.istitle())
    return (
        _SHORTEST <= len(value) <= _LONGEST
        and not (word and len(value) < _LONGEST_WORD)
        and (PLACEHOLDER.decode() not in value)
    )


def _spelled(value: str) -> list[bytes]:
    """A value as it is, in JSON, in a URL or form and in HTML, each way once, the longest first."""
    data = value.encode("utf-8", "surrogateescape")
    escaped = json.dumps(value)[1:-1]
    texts = {escaped, escaped.replace("/", "\\/"), json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value)}
    texts |= {quote(data), quote(data, safe=""), quote_plus(data)}
    ways = {data, *(text.encode("utf-8", "surrogateescape") for text in texts)}
    return sorted(ways, key=len, reverse=True)


def _coded(value: str) -> list[bytes]:
    """A value in base64, alone or as the beginning of something."""
    data = value.encode("utf-8", "surrogateescape")
    # the last characters of base64 tell of what comes after, too
    whole = len(data) // 3 * 4
    coded = (base64.b64encode(data), base64.urlsafe_b64encode(data))
    return sorted({*coded, *(one[:whole] for one in coded if whole >= _LONG)}, key=len, reverse=True)


def _is_word(byte: bytes) -> bool:
    return byte.isalnum() or byte in (b"_", b"-")
