"""Prompt-cache breaks: where a request changes something inside what an earlier one of its conversation began with.

A provider serves the start of a request from its cache as far as it is the same as an earlier one. A timestamp in the
system prompt, tools in another order, or a message that was dropped end that start, though what follows is the same.
"""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..plain import Record
from ..records import Call
from .base import TokenCounter
from .bill import CallBill
from .differences import Common, Difference, common, first_difference
from .pieces import Texts
from .prefix import Prefixes
from .segments import CONTENT, STATIC, Key, Segment, model_key, segments
from .totals import model_of

# So many of the last requests of each kind are compared: a cache lives for minutes.
_LATEST = 8
# Where less than this share of the system prompt, of all that stands before the conversation, or of the earlier
# conversation is left, it is another one rather than the same one changed.
_SAME_SYSTEM, _SAME_START, _SAME_TALK = 0.5, 0.8, 0.5
# In a request that does not go on with an earlier one fewer tokens are too little to tell by.
_FEWEST = 32
# Anthropic searches its cache backwards from a breakpoint over this many blocks.
_LOOKBACK = 20
_ASKED_FOR = frozenset({"anthropic", "bedrock"})
# Tokens from which a prompt is cached, by the providers' documentation; 1,024 for all others.
_MINIMA = ((re.compile(r"claude.*(opus-4-[5-9]|haiku-4)"), 4096), (re.compile(r"claude.*haiku"), 2048))
_MINIMUM = 1024


@dataclass(frozen=True, slots=True)
class CacheBreak(Record):
    """What ended the common start of a call and an earlier one, by their numbers in the test, from 0.

    `place` is its path in the request body (of the earlier one, where something was dropped), `change` one of added,
    dropped, changed, reordered and moved, `detail` says what in words. `tokens` were sent before and could be served
    from a cache, had that not changed: no more than were not read from it. `note` says why none was to be had all the
    same.
    """

    call: int
    earlier: int
    place: str
    change: str
    tokens: int
    detail: str = ""
    note: str | None = None


@dataclass(frozen=True)
class _Sent:
    """A request that was sent: its number, prompt group and segments."""

    number: int
    group: str
    call: Call
    parts: Sequence[Segment]

    @cached_property
    def start(self) -> tuple[Key, ...]:
        """What stands before the conversation."""
        return tuple(part.key for part in self.parts if part.kind in STATIC)

    @cached_property
    def talk(self) -> list[Segment]:
        """The conversation."""
        return [part for part in self.parts if part.kind == CONTENT]

    @cached_property
    def breakpoints(self) -> list[int]:
        """The numbers of the segments behind which the cache is to be written or read."""
        return [place for place, part in enumerate(self.parts) if part.cache]


def cache_breaks(
    calls: Sequence[Call], bills: Sequence[CallBill], groups: Sequence[str], counter: TokenCounter
) -> dict[int, CacheBreak]:
    """The breaks of a test by the number of the call. Calls that have a line of their own, and samples, have none."""
    texts = Texts(counter)
    sessions: dict[tuple[str, str], _Session] = defaultdict(lambda: _Session(texts))
    found = {}
    for number, (call, bill, group) in enumerate(zip(calls, bills, groups, strict=True)):
        if call.kind == "generation" and bill.input:
            # A provider's cache holds what was sent to that provider alone.
            one = sessions[call.session, call.provider].add(_Sent(number, group, call, segments(call)), bill)
            if one:
                found[number] = one
    return found


class _Session:
    """What one session sent to one provider so far."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._prefixes = Prefixes(texts)
        self._last: dict[Key, _Sent] = {}
        self._starts: OrderedDict[tuple[Key, ...], _Sent] = OrderedDict()

    def add(self, sent: _Sent, bill: CallBill) -> CacheBreak | None:
        """Take note of a call, and give its break if it has one."""
        same = self._prefixes.add(sent.call, sent.parts)
        if bill.line is not None:
            return None
        served = round(sum(bill.cached.values()) / self._texts.counter.slope(model_of(sent.call)))
        # What the conversation was before is kept by the provider and does not stand in the request.
        found = None if sent.call.previous_response_id else self._break(sent, same, served)
        self._remember(sent)
        fresh = sum(bill.input.values()) - sum(bill.cached.values())
        return replace(found, tokens=min(found.tokens, fresh)) if found and fresh > 0 else None

    def _remember(self, sent: _Sent) -> None:
        if sent.talk:
            self._last[sent.talk[-1].key] = sent
        self._starts.pop(sent.start, None)
        self._starts[sent.start] = sent
        if len(self._starts) > _LATEST:
            self._starts.popitem(last=False)

    def _break(self, sent: _Sent, same: int, served: int) -> CacheBreak | None:
        earlier = self._continued(sent)
        if earlier and _difference(earlier[0], sent) is None:
            return self._unread(sent, earlier, served)
        found = [(self._common(one, sent), one) for one in earlier]
        related = [(kept.tokens, one) for kept, one in found if _goes_on(kept)]
        lost = [(tokens - max(same, served), tokens, one) for tokens, one in related if tokens > max(same, served)]
        lost = lost or list(self._restarted(sent, max(same, served)))
        if not lost:
            return None
        tokens, whole, one = max(lost, key=lambda found: (found[0], found[2].number))
        difference = _difference(one, sent)
        return self._told(sent, one, difference, tokens, whole) if difference else None

    def _continued(self, sent: _Sent) -> list[_Sent]:
        """The earlier calls whose last word stands in this one, with more behind it; the latest first."""
        last = {part.key: self._last[part.key] for part in sent.talk[:-1] if part.key in self._last}
        found = [one for one in last.values() if one.group != sent.group]
        return sorted(found, key=lambda one: -one.number)[:_LATEST]

    def _restarted(self, sent: _Sent, served: int) -> Iterator[tuple[int, int, _Sent]]:
        """The earlier calls that began nearly as this one does; what this one would have been served, too."""
        for one in self._starts.values() if sent.start not in self._starts else ():
            kept = self._common(one, sent) if one.group != sent.group else None
            if kept and kept.static >= _SAME_START and kept.system >= _SAME_SYSTEM and kept.tokens - served >= _FEWEST:
                yield kept.tokens - served, kept.tokens, one

    def _common(self, one: _Sent, sent: _Sent) -> Common:
        return common(one.parts, sent.parts, self._texts, model_of(sent.call))

    def _told(self, sent: _Sent, one: _Sent, what: Difference, tokens: int, whole: int) -> CacheBreak:
        slope = self._texts.counter.slope(model_of(sent.call))
        note = _note(sent.call, one, round(whole * slope))
        return CacheBreak(sent.number, one.number, what.place, what.change, round(tokens * slope), what.detail, note)

    def _unread(self, sent: _Sent, earlier: Sequence[_Sent], served: int) -> CacheBreak | None:
        """The break of a call that only adds to another, where no breakpoint leads back to what that one wrote."""
        written = [one for one in earlier if one.breakpoints and _difference(one, sent) is None]
        ends = [end for one in written for end in one.breakpoints]
        read = [end for end in ends if any(0 <= place - end <= _LOOKBACK for place in sent.breakpoints)]
        if not ends or max(ends) in read:
            return None
        whole = self._size(sent, max(ends))
        tokens = whole - max(served, self._size(sent, max(read, default=-1)))
        one = next(one for one in written if max(ends) in one.breakpoints)
        change = "moved" if sent.breakpoints else "dropped"
        detail = "the breakpoint (cache_control) that was here is not in reach of any other"
        what = Difference(one.parts[max(ends)].place, change, detail)
        return self._told(sent, one, what, tokens, whole) if tokens > 0 else None

    def _size(self, sent: _Sent, end: int) -> int:
        """The tokens up to a segment and with it."""
        texts = [part.text for part in sent.parts[: end + 1] if part.text]
        return sum(len(self._texts.get(text, model_of(sent.call))) for text in texts)


def _goes_on(kept: Common) -> bool:
    """Whether a call that repeats the last word of another goes on with its conversation, under the same prompt."""
    return kept.talk >= _SAME_TALK and kept.system >= _SAME_SYSTEM


def _difference(one: _Sent, sent: _Sent) -> Difference | None:
    old, new = one.call, sent.call
    if model_key(old) != model_key(new):
        if old.answered_by and old.answered_by == new.answered_by:
            return None
        return Difference("model", "changed", f"{old.model} → {new.model}")
    return first_difference(one.parts, sent.parts)


def _note(call: Call, earlier: _Sent, tokens: int) -> str | None:
    """Why a provider would not have cached so much of the earlier request, if so."""
    model = (call.model or "").lower()
    minimum = next((least for pattern, least in _MINIMA if pattern.search(model)), _MINIMUM)
    if tokens < minimum:
        return f"below the {minimum:,} tokens from which prompts are cached"
    usage = earlier.call.usage
    used = usage is not None and bool(usage.cached or usage.cache_write)
    if call.provider in _ASKED_FOR and not earlier.breakpoints and not used:
        return "no breakpoint asks for the cache"
    return None
