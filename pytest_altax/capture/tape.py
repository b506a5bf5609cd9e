"""The tape of one test: what its calls get from the cassette, what is recorded, what went wrong."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .. import __version__
from ..errors import AltaxError
from ..providers.registry import ProviderRegistry
from ..records import Interaction, Request
from . import cassette, store
from .context import current_session, current_tag
from .exchange import Exchange
from .explain import Explainer
from .hosts import Scope
from .index import Index
from .match import Key, Matcher
from .recording import Recorded, Recording
from .redact import Redactor
from .settings import CaptureSettings, RecordMode
from .standin import Ambiguous, StandIns

_CLIENTS = ("aiohttp", "anthropic", "botocore", "google-genai", "httpx", "httpx2", "openai", "requests", "urllib3")


@dataclass(frozen=True, slots=True)
class Unused:
    """A recording that was never played: its place in the cassette, and what it was recorded for."""

    index: int
    method: str
    url: str
    model: str | None


class Tape:
    """One attempt at one test. `path` is where its cassette is written, `source` the file that was read, if any.

    Made by `Engine.tape`. Safe to be asked from several threads. Raises CassetteError when the file cannot be read.
    """

    def __init__(
        self, path: Path, settings: CaptureSettings, providers: ProviderRegistry, redactor: Redactor | None = None
    ) -> None:
        mode = settings.mode
        self.redactor = redactor or Redactor()
        self.path = store.target(path)
        self.source = None if mode is RecordMode.ALL else store.find(path)
        self.replaying = mode is RecordMode.NONE or (mode is RecordMode.ONCE and self.source is not None)
        self._mode = mode
        loaded = store.read(self.source) if self.source else Recorded([], {})
        self._recordings = loaded.recordings
        # the texts of each layer as the file has them, the newest first
        self.layers: Mapping[str, tuple[str, ...]] = MappingProxyType(dict(loaded.layers))
        self._declared: dict[str, str] = {}
        recorded = [(recording.request.method, recording.request.url) for recording in self._recordings]
        self.scope = Scope(providers, settings.hosts, recorded)
        self._index = Index(self._recordings, Matcher(settings.ignore))
        self._standins = StandIns(self._index, providers)
        self._explainer = Explainer(self.path, self.source, self._index, self._standins)
        self._exchanges: list[Exchange] = []
        self._errors: list[AltaxError] = []
        self._clock = 0
        self._saved = 0
        self._lock = threading.RLock()

    def ask(self, request: Request) -> Exchange:
        """What is to become of a call: an exchange with a recording to replay, or one that is live and recorded.

        `request` has been through the `redactor`. Raises UnmatchedCall, which then stands in `errors` too.
        """
        with self._lock:
            exchange = Exchange(request, self._tick, self.redactor, tag=current_tag(), session=current_session())
            if self._recordings or self.replaying:
                self._look_up(exchange)
            self._exchanges.append(exchange)
            return exchange

    def _look_up(self, exchange: Exchange) -> None:
        request, tag = exchange.request, exchange.tag
        key = self._index.key(request)
        number = self._index.take(key)
        if number is not None:
            exchange.replay(self._recordings[number], number)
        elif self.replaying:
            if self._index.count(key):
                raise self.refuse(self._explainer.used_up(request, tag, self._index.numbers(key), same=True))
            exchange.replay(*self._stand_in(key, request, tag), stale=True)
        elif self._mode is RecordMode.STALE and not self._index.count(key):
            exchange.replaces = self._drifted(key, request, tag)

    def _stand_in(self, key: Key, request: Request, tag: str | None) -> tuple[Recording, int]:
        try:
            number = self._standins.take(key, request, tag)
        except Ambiguous as error:
            raise self.refuse(self._explainer.ambiguous(request, tag, error.numbers)) from None
        if number is not None:
            return self._recordings[number], number
        if self.source is None:
            raise self.refuse(self._explainer.no_cassette(request, tag))
        task = self._standins.same_task(key, request, tag)
        if task:
            raise self.refuse(self._explainer.used_up(request, tag, task, same=False))
        raise self.refuse(self._explainer.unmatched(request, tag))

    def _drifted(self, key: Key, request: Request, tag: str | None) -> int | None:
        try:
            return self._standins.take(key, request, tag)
        except Ambiguous:
            return None

    def refuse(self, error: AltaxError) -> AltaxError:
        """Keep an error, since applications swallow them; gives it back to be raised."""
        with self._lock:
            self._errors.append(error)
        return error

    def _tick(self) -> int:
        with self._lock:
            self._clock += 1
            return self._clock

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The calls of this attempt so far, ordered by `started`.

        When nothing was recorded, calls have the event numbers of their recordings, so that neither the order of
        arrival nor the speed of replay changes anything; else those of this attempt, which the cassette then keeps.
        """
        with self._lock:
            shown = [exchange for exchange in self._exchanges if exchange.came_to_something]
            recorded = any(exchange.live for exchange in shown)
            interactions = [one.interaction(self._live(one) if recorded else self._kept(one)) for one in shown]
        return tuple(sorted(interactions, key=lambda interaction: interaction.started))

    def _live(self, exchange: Exchange) -> tuple[int, int]:
        return exchange.started, exchange.ended or self._clock + 1

    def _kept(self, exchange: Exchange) -> tuple[int, int]:
        number = exchange.number or 0
        return (exchange.recording and exchange.recording.events) or (2 * number + 1, 2 * number + 2)

    @property
    def errors(self) -> tuple[AltaxError, ...]:
        """Unmatched calls and blocked attempts so far, even if the app swallowed them."""
        return tuple(self._errors)

    @property
    def unused(self) -> tuple[Unused, ...]:
        """The recordings that were never played."""
        with self._lock:
            return tuple(self._unused(number) for number in self._index.left())

    def _unused(self, number: int) -> Unused:
        request = self._recordings[number].request
        return Unused(number, request.method, request.url, self._standins.recorded(number).model)

    @property
    def dirty(self) -> bool:
        """Whether something was recorded that is not saved yet."""
        with self._lock:
            return self._progress() > self._saved

    def _progress(self) -> int:
        """Grows with every call that is recorded, and again when it ends."""
        live = [exchange for exchange in self._exchanges if exchange.live and exchange.came_to_something]
        return len(live) + sum(bool(exchange.ended) for exchange in live)

    def note_layers(self, texts: Mapping[str, str]) -> None:
        """The texts of the layers as they are declared now, for the file when it is written; the last call counts."""
        with self._lock:
            self._declared = dict(texts)

    def save(self) -> bool:
        """Write the cassette if something was recorded since it last was. Raises CassetteError; the old file stays.

        Calls come in the order of this attempt, after them the recordings it did not use; a stream that is still open
        is kept as far as it went.
        """
        with self._lock:
            progress = self._progress()
            if progress <= self._saved:
                return False
            store.write(self.path, cassette.dump(self._arranged(), _header(), self._noted()))
            self._saved = progress
            return True

    def _arranged(self) -> list[Recording]:
        taken = [exchange for exchange in self._exchanges if exchange.came_to_something]
        ticks = sorted(tick for exchange in taken for tick in self._live(exchange))
        arranged = [self._placed(exchange, ticks) for exchange in sorted(taken, key=lambda one: one.started)]
        return arranged + [self._recordings[number] for number in self._untouched(taken)]

    def _untouched(self, taken: list[Exchange]) -> list[int]:
        """The recordings that were neither played nor replaced, by number."""
        gone = {exchange.replaces if exchange.live else exchange.number for exchange in taken}
        return [number for number in range(len(self._recordings)) if number not in gone]

    def _noted(self) -> dict[str, list[str]]:
        """The layers of the file: what is declared now, then what was while recordings were made that are kept."""
        noted = {name: [text] for name, text in self._declared.items()}
        taken = [exchange for exchange in self._exchanges if exchange.came_to_something]
        if self._untouched(taken) or any(not exchange.live for exchange in taken):
            for name, texts in self.layers.items():
                kept = noted.setdefault(name, [])
                kept.extend(text for text in texts if text not in kept)
        return noted

    def _placed(self, exchange: Exchange, ticks: list[int]) -> Recording:
        """What the cassette keeps of a call, its events numbered from 1 without holes."""
        recording = exchange.recording or exchange.as_recording()
        started, ended = (ticks.index(tick) + 1 for tick in self._live(exchange))
        return dataclasses.replace(recording, events=(started, ended))


def _header() -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    loaded = [name for name in _CLIENTS if name.replace("-", ".") in sys.modules]
    versions = {name: importlib.metadata.version(name) for name in loaded}
    return {"at": now, "by": f"pytest-altax {__version__}", "clients": versions}
