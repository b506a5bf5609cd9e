"""`altax cassettes check` finds secrets and broken files in a tree, and prints no secret."""

import base64
import gzip
import json
import subprocess
import sys

import pytest
import yaml
from click.testing import CliRunner

from pytest_altax.capture.recording import Recording
from pytest_altax.capture.storage import cassette
from pytest_altax.cli import main
from pytest_altax.records import Request, Response

KEY = "sk-proj-a9Bx7Qm2Zr5Tk8Wn1Vc4"
URL = "https://api.openai.com/v1/chat/completions"


def check(*arguments):
    return CliRunner().invoke(main, ["cassettes", "check", *map(str, arguments)])


def ours(text):
    response = Response(200, (("content-type", "application/json"),), json.dumps({"text": text}).encode())
    return cassette.dump([Recording(Request("POST", URL, (), b'{"q": 1}'), response)], {"at": "now"})


def line_of(text):
    before, _, _ = ours(text).partition(text.encode())
    return before.count(b"\n") + 1


LINE, LINE_OF_SHORT = line_of(f"use {KEY} now"), line_of("told: acme c4nary 7")


def vcr(body="{}", request_headers=None, response_headers=None, uri=URL, sent="{}"):
    request = {"method": "POST", "uri": uri, "headers": request_headers or {}, "body": sent}
    response = {"status": {"code": 200, "message": "OK"}, "headers": response_headers or {}, "body": {"string": body}}
    return yaml.safe_dump({"version": 1, "interactions": [{"request": request, "response": response}]}).encode()


@pytest.fixture
def tree(tmp_path, monkeypatch):
    (tmp_path / "cassettes").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cassettes"


def test_a_clean_tree_is_exit_0(tree):
    (tree / "a.json").write_bytes(ours("hello"))
    (tree / "b.yaml").write_bytes(vcr("hello"))
    result = check(tree)
    assert (result.exit_code, result.output) == (0, "2 files: nothing found\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", ours(f"use {KEY} now"), f"a.json:{LINE}: API key (sk-), sk-p… (28 characters)"),
        ("a.yaml", vcr(f"use {KEY} now"), "a.yaml:9: API key (sk-), sk-p… (28 characters)"),
        ("a.yaml", vcr(request_headers={"x-api-key": ["my own key 7"]}), "a.yaml:6: header 'x-api-key', my?o… (12 cha"),
        ("a.yaml", vcr(request_headers={"Authorization": [f"Bearer {KEY}"]}), "a.yaml:6: "),
        ("a.yaml", vcr(response_headers={"Set-Cookie": ["s=a9Bx7Qm2Zr5T; Path=/"]}), "header 'Set-Cookie', a9Bx… (12 "),
        ("a.yaml", vcr(gzip.compress(KEY.encode())), "API key (sk-), in a binary body, sk-p… (28 characters)"),
        ("a.yaml", vcr(sent='{"client_secret": "a9Bx7Qm2Zr5T"}'), "field 'client_secret', a9Bx… (12 characters)"),
        ("a.yaml", vcr(uri=URL + "?sig=a9Bx7Qm2Zr5T"), "parameter 'sig', a9Bx… (12 characters)"),
        ("a.yaml.gz", gzip.compress(vcr(KEY)), "API key (sk-)"),
        (
            "a.json",
            b'{"interactions": [{"request": "%s"' % KEY.encode(),
            "a.json:1: API key (sk-), sk-p… (28 characters)",
        ),
        ("a.json", b'{"interactions": [', "a.json: does not load: "),
        ("a.yaml", b"interactions:\n- !!python/object:os.system {}\n", "a.yaml: does not load: "),
        ("a.yaml.gz", b"\x1f\x8b\x08garbage", "a.yaml.gz: does not load: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tree, name, content, said):
    (tree / name).write_bytes(content)
    result = check("cassettes")
    assert result.exit_code == 1
    assert said in result.output
    assert KEY not in result.output
    assert "a9Bx7Qm2Zr5T" not in result.output


def test_a_body_in_base64_is_looked_into(tree):
    har = {"log": {"entries": [{"request": {"headers": [{"name": "Cookie", "value": "s=a9Bx7Qm2Zr5T"}]}}]}}
    packed = base64.b64encode(gzip.compress(KEY.encode())).decode()
    (tree / "a.har").write_text(json.dumps({**har, "text": packed}, indent=1))
    output = check(tree).output
    assert "header 'Cookie', a9Bx… (12 characters)" in output
    assert "API key (sk-), in a binary body" in output


def test_the_value_of_an_environment_variable_is_found(tree, monkeypatch):
    monkeypatch.setenv("ACME_API_KEY", "acme c4nary 7")
    (tree / "a.json").write_bytes(ours("told: acme c4nary 7"))
    assert f"a.json:{LINE_OF_SHORT}: the value of $ACME_API_KEY, acme… (13 characters)" in check(tree).output


def test_what_the_project_allows_is_no_finding(tree):
    (tree / "a.yaml").write_bytes(vcr(f"use {KEY} now", {"x-api-key": ["my own key 7"]}))
    (tree.parent / "pyproject.toml").write_text("[tool.pytest-altax.secrets]\nallow = ['^sk-proj-a9', 'my own']\n")
    assert check(tree).exit_code == 0


def test_json_is_for_machines(tree):
    (tree / "a.json").write_bytes(ours(f"use {KEY} now"))
    told = json.loads(check(tree, "--format", "json").output)
    assert told["checked"] == 1
    assert told["problems"] == [
        {"file": str(tree / "a.json"), "line": LINE, "kind": "API key (sk-)", "hint": "sk-p… (28 characters)"}
    ]


def test_github_gets_annotations_and_never_more_than_ten(tree):
    for number in range(20):
        (tree / f"a,{number:02}.json").write_bytes(ours(f"use {KEY} now"))
    lines = check(tree, "--format", "github").output.splitlines()
    annotations = [line for line in lines if line.startswith("::")]
    assert len(annotations) == 10
    assert annotations[0].endswith(
        f"a%2C00.json,line={LINE},title=altax cassettes::API key (sk-), sk-p… (28 characters)"
    )
    assert annotations[-1] == "::error title=altax cassettes::11 more, see the log"


@pytest.mark.parametrize("arguments", [[], ["nowhere"], ["."]])
def test_nothing_to_look_at_is_exit_2(tree, arguments):
    assert check(*arguments).exit_code == 2


def test_a_rule_that_cannot_be_used_is_exit_2_with_its_place(tree):
    (tree / "a.json").write_bytes(ours("hello"))
    (tree.parent / "pyproject.toml").write_text("[tool.pytest-altax.secrets]\nallow = ['(a']\n")
    result = check(tree)
    assert result.exit_code == 2
    assert "pyproject.toml:2:10: bad regular expression '(a'" in result.output


def test_hostile_names_and_kinds_are_printed_plainly(tree):
    (tree / "a\n::error::b.json").write_bytes(ours(KEY))
    assert "\n::error" not in check(tree).output


def test_hidden_and_installed_folders_are_left_out(tree):
    for folder in (".git", "node_modules"):
        (tree / folder).mkdir()
        (tree / folder / "a.json").write_bytes(ours(KEY))
    (tree / "a.json").write_bytes(ours("hello"))
    assert check(tree).output == "1 file: nothing found\n"


@pytest.mark.parametrize("name", ["check", "scrub", "prune"])
def test_help_has_an_example(name):
    result = CliRunner().invoke(main, ["cassettes", name, "--help"])
    assert result.exit_code == 0
    assert "Example: " in result.output


def test_the_commands_import_neither_pytest_nor_vcrpy(tree):
    (tree / "a.yaml").write_bytes(vcr("hello"))
    code = (
        "import sys\nfrom pytest_altax.cli import main\n"
        f"try: main(['cassettes', 'check', {str(tree)!r}])\nexcept SystemExit: pass\n"
        "print('LOADED', sorted({'pytest', '_pytest', 'vcr', 'httpx', 'tiktoken', 'openai'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ["Bearer ollama"]},
        {"Access-Control-Allow-Credentials": ["true"]},
        {"X-Api-Key": ["<filtered>"]},
    ],
)
def test_a_header_of_another_tools_that_gives_nothing_away_is_no_finding(tree, headers):
    (tree / "a.yaml").write_bytes(vcr(request_headers=headers))
    assert check(tree).exit_code == 0


@pytest.mark.parametrize("value", ["hunter2", "word", "sesame open"])
def test_a_secret_header_in_a_cassette_of_ours_is_found_by_its_name(tree, value):
    request = Request("POST", URL, (("x-api-key", value),), b"{}")
    (tree / "a.json").write_bytes(cassette.dump([Recording(request, Response(200))], {"at": "now"}))
    result = check(tree)
    assert result.exit_code == 1
    assert "header 'x-api-key'" in result.output
    assert value not in result.output


def test_no_header_of_cors_is_a_secret_in_a_cassette_of_ours(tree):
    request = Request("POST", URL, (("access-control-allow-credentials", "true"),), b"{}")
    (tree / "a.json").write_bytes(cassette.dump([Recording(request, Response(200))], {"at": "now"}))
    assert check(tree).exit_code == 0
