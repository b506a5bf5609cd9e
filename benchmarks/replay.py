"""What a replayed call costs on httpx2, against the least it could cost: the same client on its own mock transport.

    python benchmarks/replay.py [CALLS]

Requests of 8 KB, responses of 4 KB, all different. Both are timed in turn, in rounds, in CPU time of this process, so
that a busy machine slows both alike; the median round is printed. `overhead` is what capture adds to a call.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from pytest_altax.capture import CaptureSettings, Engine, RecordMode, cassette
from pytest_altax.capture.recording import Recording
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Request, Response

URL = "https://api.openai.com/v1/chat/completions"
ROUNDS = 10


def request(number: int) -> dict[str, object]:
    """The body of one request, 8 KB, unlike the others."""
    messages = [{"role": "system", "content": "policy " * 1100}, {"role": "user", "content": f"question {number}"}]
    return {"model": "gpt-4o-mini", "messages": messages, "temperature": 0.5}


def write_cassette(path: Path, calls: int) -> bytes:
    """A cassette of that many recordings; gives back the body of a response."""
    answer = b'{"id":"chatcmpl-1","choices":[{"message":{"content":"' + b"answer " * 570 + b'"}}]}'
    made = [
        Recording(
            Request("POST", URL, (), httpx2.Request("POST", URL, json=request(number)).read()),
            Response(200, (("content-type", "application/json"),), answer, "OK"),
        )
        for number in range(calls)
    ]
    path.write_bytes(cassette.dump(made, {}))
    return answer


def timed(client: httpx2.Client, numbers: range) -> float:
    """CPU seconds for each call."""
    begun = time.process_time()
    for number in numbers:
        client.post(URL, json=request(number)).read()
    return (time.process_time() - begun) / len(numbers)


def measure(calls: int, client: Callable[[], httpx2.Client], floor: httpx2.Client) -> tuple[list[float], list[float]]:
    """Seconds a call of each round: replayed, and on the floor."""
    size = calls // ROUNDS
    rounds = [range(start, start + size) for start in range(0, size * ROUNDS, size)]
    with client() as replaying:
        timed(floor, range(20))
        pairs = [(timed(replaying, numbers), timed(floor, numbers)) for numbers in rounds]
    return [replayed for replayed, _ in pairs], [least for _, least in pairs]


def main() -> None:
    """Print the figures."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    engine = Engine(CaptureSettings(RecordMode.NONE), ProviderRegistry())
    engine.install()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cassette.json"
        answer = write_cassette(path, calls)
        begun = time.process_time()
        tape = engine.tape(path)
        loaded = time.process_time() - begun
        floor = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=answer)))
        with engine.playing(tape), floor:
            replayed, least = measure(calls, httpx2.Client, floor)
    engine.uninstall()
    cost, bottom = statistics.median(replayed[1:]), statistics.median(least[1:])
    print(f"{calls} calls, loaded in {loaded:.3f} s")
    print(f"replayed {cost * 1e3:.3f} ms, floor {bottom * 1e3:.3f} ms a call: ratio {cost / bottom:.2f}")
    print(f"overhead {(cost - bottom) * 1e3:.3f} ms a call; first round {replayed[0] * 1e3:.3f} ms, indexing included")
    early, late = statistics.median(replayed[1:4]), statistics.median(replayed[-3:])
    print(f"last three rounds against the second to fourth: {late / early:.2f}")


if __name__ == "__main__":
    main()
