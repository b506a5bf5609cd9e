"""A suite of a user's, recorded from a scripted model on loopback and replayed with the model gone."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import json
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import filelock
import genai_prices
import httpcore
import httpx
import jsonschema
import numpy.random
import pytest
import tomli
import vcr.patch

import pytest_altax.plugin.activate
from pytest_altax.capture.clients import aiohttp_stubs, http_stubs, httpx_stubs, loops, sockets, urllib3_stubs
from pytest_altax.text.tokens import Tokens
from pytest_altax.text.vocabulary import cache_folder

# pytester forgets the modules that a run imported; those that are here before it are not loaded again for every run
PRELOADED = (
    filelock, genai_prices, httpcore, httpx, jsonschema, numpy.random, tomli, vcr.patch, pytest_altax.plugin.activate,
)  # fmt: skip
STUBS = (aiohttp_stubs, http_stubs, httpx_stubs, loops, sockets, urllib3_stubs)
Tokens().count("the vocabulary is loaded once, too")
VOCABULARIES = cache_folder()

LEAN = ("-p", "no:cacheprovider")
# The plugins that the suites here use. To look for those that are installed, in every run and in every worker of
# xdist, takes longer than the run; some, like that of hypothesis, are loaded anew each time
_NAMES = (
    "pytest_altax.plugin",
    "anyio.pytest_plugin",
    "pytest_asyncio.plugin",
    "pytest_recording.plugin",
    "pytest_rerunfailures",
    "xdist.plugin",
)
PLUGINS = [importlib.import_module(name) for name in _NAMES if importlib.util.find_spec(name.partition(".")[0])]

PYTEST_TABLE = """
[tool.pytest.ini_options]
pythonpath = ["."]
asyncio_default_fixture_loop_scope = "function"
"""

# Without TLS no client reads the certificates of the machine, which takes longer than all the rest of a call
APP = """
import os
import httpx

def ask(question, system="You are a careful assistant of a small shop.", history=(), tools=None, model="gpt-4o-mini"):
    messages = [{"role": "system", "content": system}, *history, {"role": "user", "content": question}]
    body = {"model": model, "messages": messages, "temperature": 1.0}
    if tools:
        body["tools"] = tools
    reply = httpx.post(os.environ["LLM_URL"] + "/v1/chat/completions", json=body, timeout=10, verify=False)
    reply.raise_for_status()
    return reply.json()["choices"][0]["message"]["content"]
"""


class Model:
    """Answers chat completions: refuses what says `refuse`, numbers its other answers. Counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._numbers = itertools.count(1)

    def answer(self, body: dict) -> dict:
        self.asked += 1
        number = next(self._numbers)
        question = body["messages"][-1]["content"]
        text = f"Here is answer number {number}: take the blue door, then the stairs, and ask for {number} keys."
        if "refuse" in question:
            text = "I'm sorry, but I can't help with that request."
        words = sum(len(json.dumps(message).split()) for message in body["messages"])
        usage = {
            "prompt_tokens": words + 7,
            "completion_tokens": len(text.split()),
            "total_tokens": words + 7 + len(text.split()),
        }
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return {
            "id": f"c{number}",
            "object": "chat.completion",
            "model": body["model"],
            "choices": [choice],
            "usage": usage,
        }


def _share_vocabularies() -> None:
    """pytester gives each test a home of its own, in which the vocabularies would have to be rebuilt."""
    folder = cache_folder()
    if VOCABULARIES.is_dir() and not folder.exists():
        folder.parent.mkdir(parents=True)
        folder.symlink_to(VOCABULARIES, target_is_directory=True)


@contextlib.contextmanager
def serving(model: Model):
    """The model on a free port of loopback; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            data = json.dumps(model.answer(body)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Suite:
    """A user's suite in a folder of its own: write its files, record it once, run it again and again."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.model = Model()
        self._monkeypatch = monkeypatch
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        monkeypatch.setenv("LLM_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("COLUMNS", "150")
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setenv("PYTEST_PLUGINS", ",".join(plugin.__name__ for plugin in PLUGINS))
        _share_vocabularies()
        self.write("app.py", APP)
        self.config("")

    def write(self, name: str, text: str) -> None:
        """Write a file of the suite, dedented."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def config(self, altax: str, pytest_options: str = "") -> None:
        """Write `pyproject.toml` with these lines under [tool.pytest-altax]."""
        pytest_table = f"{PYTEST_TABLE}{textwrap.dedent(pytest_options)}"
        self.write("pyproject.toml", f"{pytest_table}\n[tool.pytest-altax]\n{textwrap.dedent(altax)}")

    def record(self, *arguments: str) -> pytest.RunResult:
        """Run with the model up, recording everything."""
        with self.up():
            return self.run("--altax-record=all", *arguments)

    @contextlib.contextmanager
    def up(self):
        """The model up inside; its address. After that it is gone, and another address is in its place."""
        with serving(self.model) as url:
            self._monkeypatch.setenv("LLM_URL", url)
            yield url
        self._monkeypatch.setenv("LLM_URL", "http://127.0.0.1:9")

    def run_without(self, *arguments: str) -> pytest.RunResult:
        """Run without --altax in this process."""
        return self._inside(*LEAN, *arguments)

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run under --altax in this process."""
        return self._inside("--altax", *LEAN, *arguments)

    def run_cached(self, *arguments: str) -> pytest.RunResult:
        """Run under --altax in this process, with pytest's cache of failed tests."""
        return self._inside("--altax", *arguments)

    def run_apart(self, *arguments: str) -> pytest.RunResult:
        """Run under --altax in a process of its own."""
        return self.pytester.runpytest_subprocess("--altax", *LEAN, *arguments)

    def _inside(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*arguments, plugins=list(PLUGINS))

    def results(self, name: str = "altax-results.jsonl") -> list[dict]:
        """The rows of the results file."""
        return [json.loads(line) for line in (self.path / name).read_text(encoding="utf-8").splitlines()]

    def tests(self) -> dict[str, dict]:
        """The rows of the tests, by id."""
        return {row["id"]: row for row in self.results() if row["kind"] == "test"}

    def the_run(self) -> dict:
        """The row of the run."""
        return self.results()[-1]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    return Suite(pytester, monkeypatch)
