"""Waiting between the chunks of a replayed stream, where it is replayed at the speed at which it was recorded."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Iterator

from ..recording import Recording

# Seconds to wait for the cancellation of a call that was cancelled when it was recorded.
PATIENCE = 60.0
# Seconds that other calls get before the last chunk of a stream which the client left while they went on.
OTHERS = 0.1


def waits(recording: Recording, *, paced: bool) -> Iterator[float]:
    """The seconds to wait before each chunk of its response, without end; zeros unless `paced`.

    A stream that the client left was perhaps left for what another call answered: that one comes before the last chunk.
    """
    response = recording.response
    if response is not None:
        gaps = response.gaps if paced and len(response.gaps) == len(response.chunks) else (0.0,) * len(response.chunks)
        yield from gaps[:-1]
        yield max((*gaps[-1:], OTHERS if _was_left_amid_others(recording) else 0.0))
    while True:
        yield 0.0


def _was_left_amid_others(recording: Recording) -> bool:
    left = recording.response is not None and not recording.response.complete and recording.failure is None
    # events are counted over all calls: between the two of one that nothing else went on beside there is no other
    return left and recording.events is not None and recording.events[1] - recording.events[0] > 1


def wait(seconds: float) -> None:
    """Wait in a thread."""
    if seconds > 0:
        time.sleep(seconds)


async def wait_async(seconds: float) -> None:
    """Wait in a task, of whatever event loop the client runs on; for 0 s, let the other tasks have their turn."""
    # anyio, which httpx brings with it, knows trio from asyncio
    knowing = not {"anyio", "trio"}.isdisjoint(sys.modules)
    await (importlib.import_module("anyio") if knowing else asyncio).sleep(seconds)


async def wait_to_be_cancelled() -> None:
    """Wait in a task for what ended the call when it was recorded, but not for ever: the app may have changed."""
    await wait_async(PATIENCE)
