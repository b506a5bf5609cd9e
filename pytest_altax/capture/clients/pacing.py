"""Waiting between the chunks of a replayed stream, where it is replayed at the speed at which it was recorded."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator

from ...records import Response

# Seconds to wait for the cancellation of a call that was cancelled when it was recorded.
PATIENCE = 60.0


def waits(response: Response, *, paced: bool) -> Iterator[float]:
    """The seconds to wait before each chunk, without end; nothing but zeros unless `paced`."""
    if paced and len(response.gaps) == len(response.chunks):
        yield from response.gaps
    while True:
        yield 0.0


def wait(seconds: float) -> None:
    """Wait in a thread."""
    if seconds > 0:
        time.sleep(seconds)


async def wait_async(seconds: float) -> None:
    """Wait in a task, of whatever event loop the client runs on."""
    if seconds > 0:
        # anyio knows trio from asyncio; whoever runs on trio through httpx has it
        await (sys.modules.get("anyio") or asyncio).sleep(seconds)


async def wait_to_be_cancelled() -> None:
    """Wait in a task for what ended the call when it was recorded, but not for ever: the app may have changed."""
    await wait_async(PATIENCE)
