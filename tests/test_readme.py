"""README.md does what it says: its blocks are run, its settings loaded, its commands parsed.

A block is treated by its language: `python` is run in a project of its own, `toml` is loaded as a configuration,
shell commands are parsed, data formats are read, `text` is left alone. An HTML comment right before a block may say
`<!-- file: NAME -->`, the name under which it stands in that project, or `<!-- not run: reason -->`.
"""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

import pytest_altax
import pytest_altax.plugin.activate  # pytester forgets what a run loads, but not this

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELLS = ("sh", "bash", "console")
LANGUAGES = ("python", "toml", "yaml", "json", "jsonl", "text", *SHELLS)
FENCED = re.compile(
    r"(?:^<!-- *(?P<note>(?:(?!-->).)*?) *-->\s*\n)?^```(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^```$", re.M | re.S
)
BROKEN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR)
PROGRAMS = {".", "cd", "git", "source"}  # what a command may start with and is not looked at further


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text and first line, and the HTML comment before it."""

    language: str
    text: str
    line: int
    note: str

    @property
    def runs(self) -> bool:
        """Whether nothing says that it is not run."""
        return not self.note.startswith("not run:")

    @property
    def file(self) -> str:
        """Its name in the README's project: as given, or by what is in it."""
        if self.note.startswith("file:"):
            return self.note.removeprefix("file:").strip()
        if self.language != "python":
            return ""
        if "def pytest_" in self.text:
            return "conftest.py"
        return f"test_line_{self.line}.py" if "def test_" in self.text else f"line_{self.line}.py"


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a Markdown text, in order."""
    found = FENCED.finditer(text)
    return [
        Block(match["language"], match["text"], text.count("\n", 0, match.start("text")), match["note"] or "")
        for match in found
    ]


def commands(block: Block) -> list[list[str]]:
    """The commands of a shell block, each as its words: without prompts, comments, and output of a console."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    split: list[list[str]] = []
    for line in lines:
        words = shlex.split(line, comments=True)
        split.append([])
        for word in words:
            if word in ("&&", "||", "|", ";"):
                split.append([])
            else:
                split[-1].append(word)
    return [words for words in split if words]


BLOCKS = blocks(README)
COMMANDS = [words for block in BLOCKS if block.language in SHELLS and block.runs for words in commands(block)]


def blocks_in(*languages: str) -> pytest.MarkDecorator:
    """Parametrize a test over the README's blocks in these languages."""
    chosen = [block for block in BLOCKS if block.language in languages and block.runs]
    return pytest.mark.parametrize("block", chosen, ids=[f"line {block.line}" for block in chosen])


def run(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `python ARGUMENTS` in a folder, outside CI and with the package that is tested here."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    inherited["PYTHONPATH"] = str(Path(pytest_altax.__file__).parent.parent)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=inherited | environment, capture_output=True, text=True, check=False)


def run_pytest(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder with the plugin, installed or not, and with no other: to look for those takes longest."""
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return run(folder, "-m", "pytest", "-p", "pytest_altax.plugin", *arguments, **alone, **environment)


class ChatServer(BaseHTTPRequestHandler):
    """Answers any chat completion in one sentence, with a plausible usage."""

    def do_POST(self) -> None:
        """Answer one request."""
        asked = self.rfile.read(int(self.headers["content-length"]))
        choices = [
            {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": f"Answer {index}."}}
            for index in range(json.loads(asked).get("n") or 1)
        ]
        used = {"prompt_tokens": len(asked) // 4, "completion_tokens": 3 * len(choices)}
        answer = {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": json.loads(asked)["model"],
            "choices": choices, "usage": used | {"total_tokens": sum(used.values())},
        }  # fmt: skip
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def chat_server() -> Iterator[str]:
    """The base URL of a chat server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ChatServer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project that the README's blocks describe."""
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    for block in BLOCKS:
        if block.file and block.runs:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(block.text)
    return tmp_path


def test_every_block_has_a_language_that_is_checked_here():
    assert [f"line {block.line}: {block.language!r}" for block in BLOCKS if block.language not in LANGUAGES] == []


def test_the_examples_record_then_replay_without_the_server(project, chat_server):
    assert sorted(project.rglob("test_*.py")), "the README shows no test"
    environment = {"OPENAI_BASE_URL": chat_server, "OPENAI_API_KEY": "none"}
    recorded = run_pytest(project, "--altax", "--altax-record=once", **environment)
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    gone = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "none"}
    replayed = run_pytest(project, "--altax", **gone)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


@blocks_in("python")
def test_python_that_is_neither_test_nor_plugin_runs(block, project):
    if not re.fullmatch(r"line_\d+\.py", block.file):
        pytest.skip("it is a part of the README's project, which another test runs")
    result = run(project, block.file)
    assert result.returncode == 0, result.stderr


@pytest.fixture
def collect(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Collect the folder of the test in this process, with the plugin, installed or not, and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return lambda *options: pytester.runpytest_inprocess(*options, "--collect-only", plugins=[pytest_altax.plugin])


def configure(folder: Path, text: str) -> None:
    """Write an empty project with this configuration; the files that its layers name hold one sentence."""
    tables = tomllib.loads(text).get("tool", {}).get("pytest-altax", {})
    for layer in tables.get("layers", {}).values():
        if "file" in layer:
            path = folder / layer["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("Refuse politely.\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


@blocks_in("toml")
def test_a_toml_block_is_a_configuration_that_loads(block, pytester, collect):
    configure(pytester.path, block.text)
    assert collect("--altax").ret not in BROKEN


def test_a_wrong_key_would_be_seen(pytester, collect):
    configure(pytester.path, "[tool.pytest-altax.budget]\ntax_ration = 0.3\n")
    assert collect("--altax").ret == pytest.ExitCode.USAGE_ERROR


@blocks_in("yaml", "json", "jsonl")
def test_a_data_block_parses(block):
    assert yaml.safe_load(block.text) if block.language == "yaml" else [*map(json.loads, _documents(block))]


def _documents(block: Block) -> list[str]:
    return block.text.splitlines() if block.language == "jsonl" else [block.text]


OF_A_PROJECT = ("calls", "cassettes", "baseline", "compare", "history")


@pytest.fixture(scope="module")
def used_project(tmp_path_factory):
    """The support bot after a run of its tests, with a baseline on its main branch and a history."""
    folder = tmp_path_factory.mktemp("used") / "support_bot"
    shutil.copytree(ROOT / "examples" / "support_bot", folder)
    assert run_pytest(folder, "--altax", "--altax-save-baseline").returncode == 0
    run(folder, "-c", "from pytest_altax.cli import main; main()", "history", "add")
    _with_main(folder)
    return folder


def _with_main(folder: Path) -> None:
    """Make a folder a repository whose only commit is that of `origin/main`."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    commit = (*identity, "commit", "--quiet", "--allow-empty", "--message=start")
    for arguments in (("init", "--quiet"), ("add", "."), commit, ("update-ref", "refs/remotes/origin/main", "HEAD")):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_uses_what_exists(words, tmp_path, request):
    program, *arguments = words
    assert [word for word in arguments if word.startswith("examples/") and not (ROOT / word).exists()] == []
    if program == "pytest":
        options = [word for word in arguments if not (ROOT / word.split("::")[0]).exists()]
        if any("origin/main" in option for option in options):
            _with_main(request.getfixturevalue("pytester").path)
        assert request.getfixturevalue("collect")(*options).ret not in BROKEN
    elif program == "altax":
        folder = request.getfixturevalue("used_project") if arguments[0] in OF_A_PROJECT else tmp_path
        _write_answers(tmp_path, arguments)
        result = run(folder, "-c", "from pytest_altax.cli import main; main()", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
    elif program == "pip":
        assert _extras(arguments) <= _extras_of_project()
    elif program.startswith("python"):
        assert arguments[:2] == ["-m", "venv"] or (ROOT / arguments[0]).exists()
    else:
        assert program in PROGRAMS


def _write_answers(folder: Path, arguments: list[str]) -> None:
    """Files of answers of the names that a command is given, packed where the name says so."""
    answers = b'{"group": "a", "response": "Yes."}\n' * 5
    for name in (word for word in arguments if word.endswith((".jsonl", ".jsonl.gz"))):
        (folder / name).write_bytes(gzip.compress(answers) if name.endswith(".gz") else answers)


def _extras(arguments: list[str]) -> set[str]:
    return {name for word in arguments for extras in re.findall(r"\[(.*)\]", word) for name in extras.split(",")}


def _extras_of_project() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def test_ci_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    steps = re.findall(r"^step ((?:pip|pytest) .*)$", script, re.M)
    ran = [[word for word in shlex.split(step) if not word.startswith("--junitxml")] for step in steps]
    assert len(ran) == 5
    assert [words for words in ran if words not in COMMANDS and "-r" not in words] == []


def test_every_option_stands_in_the_readme(tmp_path):
    shown = run_pytest(tmp_path, "--help").stdout
    options = set(re.findall(r"^ +(--(?:no-)?altax[\w-]*)", shown, re.M))
    assert options
    assert {option for option in options if f"`{option}" not in README} == set()


def test_every_link_inside_the_repository_leads_somewhere():
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", README)
    roots = (ROOT, Path(pytest_altax.__file__).parent.parent)  # the second for the tests of an installed wheel
    assert [target for target in targets if not any((root / target).exists() for root in roots)] == []


def test_the_reader_of_blocks_finds_language_line_and_comment():
    text = "a\n\n<!-- not run: needs a key -->\n```sh\nmake\n```\n<!-- file: a.toml -->\n\n```toml\nb = 1\n```\n"
    assert blocks(text) == [
        Block("sh", "make\n", 4, "not run: needs a key"), Block("toml", "b = 1\n", 9, "file: a.toml"),
    ]  # fmt: skip
    assert [(block.runs, block.file) for block in blocks(text)] == [(False, ""), (True, "a.toml")]


def test_a_console_block_gives_its_commands_alone():
    block = Block("console", "$ pip install a && pytest -q  # two\n1 passed\n", 1, "")
    assert commands(block) == [["pip", "install", "a"], ["pytest", "-q"]]
