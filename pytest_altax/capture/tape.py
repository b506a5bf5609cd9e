"""The tape of one test: what its calls get from the cassette, what is recorded, what went wrong."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import AltaxError, CassetteError
from ..meters.sessions import is_sampling
from ..providers.registry import ProviderRegistry
from ..records import Interaction, Request
from .context import current_session, current_tag
from .exchange import Exchange
from .hosts import Scope
from .matching.index import Index
from .matching.match import Key, Matcher
from .matching.standin import Ambiguous, StandIns
from .recording import Recorded, Recording, settled
from .secrets.redact import Redactor
from .settings import CaptureSettings, RecordMode
from .storage import store
from .storage.file_digest import file_digest
from .storage.keeper import Keeper, Take
from .storage.shelf import Opened, open_cassette, snapshot, together
from .storage.slices import Slices

if TYPE_CHECKING:
    from .matching.explain import Explainer

_NOTHING = Opened(Recorded([], {}), [], [], b"")
_CLIENTS = ("aiohttp", "anthropic", "botocore", "google-genai", "httpx", "httpx2", "openai", "requests", "urllib3")


@dataclass(frozen=True, slots=True)
class Unused:
    """A recording that was never played: its place in the cassette, and what it was recorded for.

    `prompt` is the last user text of its request.
    """

    index: int
    method: str
    url: str
    model: str | None
    prompt: str = ""


class Tape:
    """One attempt at one test. `path` is where its cassette is written, `source` the file that was read, if any.

    The recordings of the cassettes `more` follow those of the source. `raised` makes of an error what is raised for it.

    Made by `Engine.tape`. Safe to be asked from several threads. Raises CassetteError when the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        settings: CaptureSettings,
        providers: ProviderRegistry,
        redactor: Redactor | None = None,
        more: Sequence[Path] = (),
        raised: Callable[[AltaxError], AltaxError] = lambda error: error,
    ) -> None:
        mode = settings.mode
        self.settings = settings
        self._raised = raised
        self.redactor = redactor or Redactor()
        self.path = store.target(path)
        self.source = None if mode is RecordMode.ALL else store.find(path)
        self._mode = mode
        # whether streams are replayed at the speed at which they came
        self.paced = settings.replay_speed == "recorded"
        self._notes: list[str] = []
        self._fewer = False
        self._run = settings.run
        matcher = Matcher(settings.ignore)
        further = [] if mode is RecordMode.ALL else [found for found in map(store.find, more) if found]
        loaded = open_cassette(self.source, matcher, settings.cache, self.redactor.cleaner) if self.source else _NOTHING
        read = [open_cassette(found, matcher, settings.cache, self.redactor.cleaner) for found in further]
        # the files that were read, each with the number of its recordings, which follow one another
        self.files = tuple(
            (found, len(one.recorded.recordings))
            for found, one in zip([self.source, *further], [loaded, *read], strict=True)
            if found
        )
        # the recordings after these stay in the files that they are from
        self._own = len(loaded.recorded.recordings)
        loaded = together(loaded, read)
        # a cassette that was made in this very run is still being recorded
        made_now = self._is_of_this_run(loaded.recorded)
        self.replaying = mode is RecordMode.NONE or (mode is RecordMode.ONCE and bool(self.files) and not made_now)
        self._recordings = loaded.recorded.recordings
        # the texts of each layer as the file has them, the newest first
        self.layers: Mapping[str, tuple[str, ...]] = MappingProxyType(dict(loaded.recorded.layers))
        self._declared: dict[str, str] = {}
        self.scope = Scope(providers, settings.hosts, loaded.places)
        self._index = Index(self._recordings, matcher, loaded.keys)
        self._keeper = self._keeping(loaded)
        self._standins = StandIns(self._index, providers, settings)
        self._exchanges: list[Exchange] = []
        self._errors: list[AltaxError] = []
        self._digests: tuple[str | None, ...] = ()
        self._clock = 0
        self._saved = 0
        # how many live calls the last save wrote
        self._on_disk = 0
        self._lock = threading.RLock()

    def _is_of_this_run(self, recorded: Recorded) -> bool:
        return bool(self._run) and recorded.header.get("run") == self._run

    def _keeping(self, loaded: Opened) -> Keeper:
        if self._mode is not RecordMode.ALL:
            digest = loaded.digest if self.source == self.path else None
            own = self._recordings[: self._own] if len(self._recordings) > self._own else self._recordings
            return Keeper(self.path, own, digest, replacing=False, check=self.redactor.check)
        try:
            old = snapshot(self.path)
        except CassetteError:
            old = None
        # what this run has recorded is added to, what is from before is replaced
        gone = old.recorded.recordings if old and not self._is_of_this_run(old.recorded) else ()
        digest = old.digest if old and gone else None
        return Keeper(self.path, gone, digest, replacing=True, check=self.redactor.check)

    @cached_property
    def _explainer(self) -> Explainer:
        # loaded when the first call goes wrong
        from .matching.explain import Explainer

        return Explainer(self.path, self.source, self._index, self._standins)

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
        number = self._index.take(key, exchange.session if is_sampling(exchange.session) else None)
        if number is not None:
            exchange.replay(self._recording(number, request), number)
        elif self.replaying:
            again = self._standins.again(key)
            if again is not None:
                exchange.replay(self._recordings[again], again)
            elif self._index.count(key):
                numbers = self._index.numbers(key)
                raise self.refuse(self._explainer.used_up(request, tag, numbers, same=True, session=exchange.session))
            else:
                exchange.replay(*self._stand_in(key, exchange), stale=True)
        elif self._mode is RecordMode.STALE and not self._index.count(key):
            exchange.replaces = self._drifted(key, request, tag)

    def _recording(self, number: int, request: Request) -> Recording:
        """A recording of this very request. It need not be made whole when nothing is ever written from it."""
        try:
            if self._mode is RecordMode.NONE and isinstance(self._recordings, Slices):
                return self._recordings.answering(number, request)
            return self._recordings[number]
        except CassetteError as error:
            raise self.refuse(error) from error

    def _stand_in(self, key: Key, exchange: Exchange) -> tuple[Recording, int]:
        request, tag = exchange.request, exchange.tag
        try:
            number = self._standins.take(key, request, tag)
        except Ambiguous as error:
            raise self.refuse(self._explainer.ambiguous(request, tag, error.numbers)) from None
        if number is not None:
            return self._recordings[number], number
        if not self.files:
            raise self.refuse(self._explainer.no_cassette(request, tag))
        task = self._standins.same_task(key, request, tag)
        if task:
            raise self.refuse(self._explainer.used_up(request, tag, task, same=False, session=exchange.session))
        raise self.refuse(self._explainer.unmatched(request, tag))

    def _drifted(self, key: Key, request: Request, tag: str | None) -> int | None:
        try:
            return self._standins.take(key, request, tag)
        except Ambiguous:
            return None

    def refuse(self, error: AltaxError) -> AltaxError:
        """Keep an error, since applications swallow them; gives it back to be raised."""
        with self._lock:
            raised = self._raised(error)
            self._errors.append(raised)
        return raised

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

    @property
    def count(self) -> int:
        """How many `interactions` there are so far."""
        with self._lock:
            return sum(exchange.came_to_something for exchange in self._exchanges)

    def _live(self, exchange: Exchange) -> tuple[int, int]:
        return exchange.started, exchange.ended or self._clock + 1

    def _kept(self, exchange: Exchange) -> tuple[int, int]:
        number = exchange.number or 0
        return (exchange.recording and exchange.recording.events) or (2 * number + 1, 2 * number + 2)

    @property
    def errors(self) -> tuple[AltaxError, ...]:
        """Unmatched calls and blocked attempts so far, even if the app swallowed them."""
        return tuple(self._errors)

    def note(self, text: str) -> None:
        """Keep what the user is to be told, once."""
        with self._lock:
            if text not in self._notes:
                self._notes.append(text)

    def take_fewer(self, text: str) -> None:
        """Fewer samples than usual are taken: what is not played is no drift. `text` tells the user so."""
        self._fewer = True
        self.note(text)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be seen, in sentences that are safe to print: "started git: calls that it makes ..."."""
        return tuple(self._notes)

    @property
    def unused(self) -> tuple[Unused, ...]:
        """The recordings that were never played."""
        with self._lock:
            return tuple(map(self.recorded, self._index.left()))

    def digests(self) -> tuple[str | None, ...]:
        """The digest of each of the `files` as it was read: before anything was saved."""
        return self._digests or tuple(file_digest(path) for path, _ in self.files)

    @property
    def left(self) -> tuple[int, ...]:
        """The numbers of the recordings that were never played; none where fewer samples were taken than usual."""
        with self._lock:
            return () if self._fewer else tuple(self._index.left())

    def recorded(self, number: int) -> Unused:
        """What a recording was recorded for."""
        request, call = self._recordings[number].request, self._standins.recorded(number)
        prompt = next((message.text for message in reversed(call.messages) if message.role == "user"), "")
        return Unused(number, request.method, request.url, call.model, prompt)

    def proposed(self, interaction: Interaction) -> tuple[str, ...]:
        """The patterns to ignore that would make a stale call match, when only dates, ids and the like changed."""
        recorded = interaction.recorded
        return () if recorded is None else self._explainer.proposed(recorded, interaction.request)

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
            self._digests = self.digests()
            self._keeper.save(self._take())
            self._saved = progress
            self._on_disk = sum(exchange.live and exchange.came_to_something for exchange in self._exchanges)
            return True

    def _take(self) -> Take:
        taken = [one for one in self._exchanges if one.came_to_something and self._is_own(one.number)]
        gone = {exchange.replaces if exchange.live else exchange.number for exchange in taken}
        own = range(self._own)
        unused = settled((number, self._recordings[number]) for number in own if number not in gone)
        layers: list[Mapping[str, Sequence[str]]] = [{name: [text] for name, text in self._declared.items()}]
        if unused or any(not exchange.live for exchange in taken):
            layers.append(self.layers)
        calls = [self._placed(exchange) for exchange in sorted(taken, key=lambda one: one.started)]
        new = sum(exchange.live for exchange in taken) - self._on_disk
        return Take(calls, unused, new, layers, _header(self._run))

    def _is_own(self, number: int | None) -> bool:
        return number is None or number < self._own

    def _placed(self, exchange: Exchange) -> Recording:
        """What the cassette keeps of a call."""
        return dataclasses.replace(exchange.recording or exchange.as_recording(), events=self._live(exchange))


def _header(run: str) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    loaded = [name for name in _CLIENTS if name.replace("-", ".") in sys.modules]
    versions = {name: importlib.metadata.version(name) for name in loaded}
    header = {"at": now, "by": f"pytest-altax {__version__}", "clients": versions}
    return {**header, "run": run} if run else header
