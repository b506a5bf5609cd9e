"""Records into a cassette without a network, in this process or, run as a script, in one that may be killed.

    python saving_child.py ACTION PATH MODE RUN NAME COUNT

`each`: a tape for every call, the number of calls saved so far printed after each. `one`: one tape, saved at the end.
`open`: `COUNT` calls and one that never ends. A process prints `ready` when all is imported. The `NAME` makes calls
differ between processes. `limit` is `one` on a disk that is full at 8,000 bytes, `nobody` as a user without rights.
"""

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

from pytest_altax.capture import CaptureSettings, Engine, RecordMode
from pytest_altax.errors import CassetteError
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Request

URL = "https://api.openai.com/v1/chat/completions"
PROVIDERS = ProviderRegistry()


def tape(path, mode, run=""):
    """A tape of an engine that patches nothing."""
    return Engine(CaptureSettings(RecordMode(mode), run=run), PROVIDERS).tape(Path(path))


def question(name, system="Be kind."):
    """A request, unlike those of other names."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": name}]
    return Request("POST", URL, (), json.dumps({"model": "m", "messages": messages}).encode())


def call(on, name, size=10, system="Be kind."):
    """Make a call; its answer if it was replayed."""
    exchange = on.ask(question(name, system))
    if exchange.recording is not None:
        return exchange.recording.response.body
    exchange.answered(200, [("content-type", "application/json")], "OK")
    exchange.chunk(json.dumps({"answer": f"to {name}", "id": time.time_ns(), "text": "word " * size}).encode())
    exchange.finish()
    return None


def names(path):
    """What was asked in the recordings of a cassette, in their order. It has to be whole."""
    recordings = json.loads(Path(path).read_bytes())["interactions"]
    on = tape(path, "none")
    assert len(on.unused) == len(recordings)
    asked = [json.loads(recording.request.body)["messages"][1]["content"] for recording in on._recordings]
    for name in asked:
        assert json.loads(call(on, name))["answer"] == f"to {name}"
    return asked


def _main(action, path, mode, run, name, count):
    # whoever was started in the background of a shell ignores it, and so do its children
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("ready", flush=True)
    if action == "limit":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))
    if action == "nobody" and os.geteuid() == 0:
        # what is imported later it could not read
        importlib.import_module("filelock")
        os.seteuid(65534)
    on = tape(path, mode, run)
    for number in range(int(count)):
        if action == "each":
            on = tape(path, mode, run)
        call(on, f"{name}-{number}", 2000)
        if action == "each":
            on.save()
            print(number + 1, flush=True)
    if action == "open":
        on.ask(question("open")).answered(200, [], "OK")
        print("recorded", flush=True)
        time.sleep(60)
    try:
        on.save()
    except CassetteError as error:
        print(error, flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
