"""What a replayed call costs: against the least it could cost, against its own first calls, and against others.

    python benchmarks/replay.py [--calls 10000] [--others 1000]

The floor is the same client on its own mock transport. Calls of both come in turn, so that a busy machine slows both
alike; medians are printed. The others (vcrpy, and cassetter where it is installed) replay the same calls over httpx,
as many as `--others` says, in CPU time of the whole run: opening the cassette, all calls, closing it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import workload

from pytest_altax.capture import CaptureSettings, Engine
from pytest_altax.providers.registry import ProviderRegistry

WINDOW = 100
JSON = {"content-type": "application/json"}


@contextmanager
def by_altax(folder: Path) -> Iterator[None]:
    """Replay from our cassette."""
    engine = Engine(CaptureSettings(), ProviderRegistry())
    engine.install()
    try:
        with engine.playing(engine.tape(folder / "altax.json")):
            yield
    finally:
        engine.uninstall()


@contextmanager
def by_vcrpy(folder: Path, *match: str) -> Iterator[None]:
    """Replay from vcrpy's."""
    import vcr

    with vcr.use_cassette(str(folder / "vcrpy.yaml"), record_mode="none", match_on=["method", "uri", *match]):
        yield


@contextmanager
def by_cassetter(folder: Path, *match: str) -> Iterator[None]:
    """Replay from cassetter's own cassette, which it makes of vcrpy's."""
    import cassetter

    with cassetter.use_cassette(folder / "vcrpy.yaml", record_mode="none", match_on=["method", "uri", *match]):
        yield


def timed(client: Any, number: int) -> float:
    """Seconds of a call."""
    body = workload.spelled(number)
    begun = time.perf_counter()
    client.post(workload.URL, content=body, headers=JSON).read()
    return time.perf_counter() - begun


def against_floor(folder: Path, calls: int) -> None:
    """Print what a call costs more than on the mock transport, and whether the last cost what the first did."""
    answer = workload.answer(0)
    with httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=answer))) as floor:
        [timed(floor, number) for number in range(20)]
        with by_altax(folder), httpx2.Client() as client:
            pairs = [(timed(client, number), timed(floor, number)) for number in range(calls)]
    cost, least = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{calls} calls on httpx2: {cost * 1e3:.3f} ms, floor {least * 1e3:.3f} ms, ratio {cost / least:.2f}")
    print(f"overhead {(cost - least) * 1e3:.3f} ms a call")
    window = min(WINDOW, calls // 2)
    # over the floor of the same moment: the speed of the machine changes while this runs
    early, late = (statistics.median(one / under for one, under in part) for part in (pairs[:window], pairs[-window:]))
    print(f"the last {window} against the first {window}, each over its floor: {late / early:.2f}")


def against_sdk(folder: Path, calls: int) -> None:
    """The same on the OpenAI SDK, where it is installed."""
    if not importlib.util.find_spec("openai"):
        print("the OpenAI SDK is not installed")
        return
    import openai

    answer, pairs = workload.answer(0), []
    mock = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=answer, headers=JSON)))
    with by_altax(folder), httpx2.Client() as real, mock:
        clients = [openai.OpenAI(api_key="sk-none", http_client=one) for one in (real, mock)]
        for number in range(calls):
            asked = workload.request(number)
            pairs.append([_asked(client, asked) for client in clients])
    cost, least = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{calls} calls of the OpenAI SDK: {cost * 1e3:.3f} ms, floor {least * 1e3:.3f} ms, ratio {cost / least:.2f}")


def _asked(client: Any, asked: dict[str, Any]) -> float:
    begun = time.perf_counter()
    client.chat.completions.create(**asked)
    return time.perf_counter() - begun


def whole(opened: contextlib.AbstractContextManager[None], calls: int) -> float:
    """CPU seconds of a whole run over httpx; the time that the bodies take to be made is not counted."""
    bodies = [workload.spelled(number) for number in range(calls)]
    with httpx.Client() as client:
        begun = time.process_time()
        with opened:
            for body in bodies:
                client.post(workload.URL, content=body, headers=JSON).raise_for_status()
        return time.process_time() - begun


def against_others(folder: Path, calls: int) -> None:
    """Print how much longer the others take for the same run."""
    own = statistics.median(whole(by_altax(folder), calls) for _ in range(3))
    print(f"{calls} calls on httpx, the whole run: altax {own:.2f} s")
    others = [("vcrpy", by_vcrpy)]
    others += [("cassetter", by_cassetter)] if importlib.util.find_spec("cassetter") else []
    for name, opened in others:
        for told, match in (("default match", ()), ("body match", ("body",))):
            seconds = whole(opened(folder, *match), calls)
            print(f"  {name}, {told}: {seconds:.2f} s, {seconds / own:.0f} times as long")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--others", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workload.ours(folder / "altax.json", range(options.calls))
        against_floor(folder, options.calls)
        against_sdk(folder, min(options.calls, 1000))
        workload.ours(folder / "altax.json", range(options.others))
        workload.vcrpys(folder / "vcrpy.yaml", range(options.others))
        against_others(folder, options.others)


if __name__ == "__main__":
    main()
