"""What loads when: no client and no vcrpy before somebody uses it, and each client whenever it comes."""

import subprocess
import sys
from pathlib import Path

import pytest

import pytest_altax

ROOT = str(Path(pytest_altax.__file__).parents[1])
START = f"""
import sys
sys.path[:0] = [{ROOT!r}, {str(Path(__file__).parents[1])!r}]
from pathlib import Path
from pytest_altax.capture import CaptureSettings, Engine, RecordMode
from pytest_altax.providers.registry import ProviderRegistry
def loaded():
    return sorted({{"aiohttp", "httpx", "httpx2", "requests", "urllib3", "vcr", "yaml"}} & set(sys.modules))
def engine(mode):
    made = Engine(CaptureSettings(RecordMode(mode)), ProviderRegistry())
    made.install()
    return made
"""


def run(code):
    result = subprocess.run([sys.executable, "-c", START + code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_neither_importing_capture_nor_installing_loads_a_client():
    assert run("print(loaded()); engine('none'); print(loaded())") == ["[]", "[]"]


def test_vcrpy_is_not_loaded_by_any_client(tmp_path):
    code = f"""
from loopback import serving
with serving() as server:
    one = engine("once")
    with one.playing(one.tape(Path({str(tmp_path)!r}) / "a.json")) as tape:
        import httpx, requests
        httpx.post(server.url + "/v1/chat/completions", json={{"messages": []}})
        requests.post(server.url + "/v1/chat/completions", json={{"messages": []}}, timeout=5)
        print(len(tape.interactions), "vcr" in sys.modules)
"""
    assert run(code) == ["2 False"]


CALLS = {
    "httpx": "httpx.post(url, json=body)",
    "httpx2": "httpx2.post(url, json=body)",
    "requests": "requests.post(url, json=body, timeout=5)",
    "aiohttp": "import asyncio; asyncio.run(post())",
    "http.client": "import urllib.request; urllib.request.urlopen(urllib.request.Request(url, b'{}'))",
}


@pytest.mark.parametrize("client", CALLS)
def test_a_client_that_is_imported_while_a_tape_is_open_is_intercepted(client, tmp_path):
    code = f"""
body = {{"messages": []}}
async def post():
    session = aiohttp.ClientSession()
    async with session, session.post(url, json=body) as response:
        await response.read()
one = engine("none")
with one.playing(one.tape(Path({str(tmp_path)!r}) / "a.json")) as tape:
    url = "https://api.openai.com/v1/chat/completions"
    print(loaded())
    import {client}
    try:
        {CALLS[client]}
    except BaseException as error:
        print(type(error).__name__, len(tape.errors))
"""
    assert run(code) == ["[]", "UnmatchedCall 1"]
