"""No secret of a call reaches a report, the results, a log or the cache; a conftest and TOML take out more."""

import pytest
from mirror import mirroring

SECRETS = ("HEADER", "BASIC", "PARAMETER", "COOKIE", "BODY", "ORGANIZATION", "ANSWER", "SERVED")
TEST = """
import os
import httpx
import pytest

def call(question, **more):
    key = {name: os.environ["CANARY_" + name] for name in NAMES}.get
    headers = {"x-api-key": key("HEADER"), "openai-organization": key("ORGANIZATION"), "cookie": "s=" + key("COOKIE")}
    url = os.environ["LLM_URL"] + "/v1/chat/completions?key=" + key("PARAMETER")
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}], "api_key": key("BODY"), **more}
    reply = httpx.post(url, json=body, headers=headers, auth=("me", key("BASIC")))
    return reply.json()["choices"][0]["message"]["content"]

def test_passes():
    assert "what?" in call("what?") or os.environ["LLM_URL"].endswith(":9")

def test_streams():
    assert call("what else?")

@pytest.mark.altax(total_tokens=1)
def test_is_over_budget():
    call("how much?")

def test_asks_for_more():
    call("a new question" if os.environ["LLM_URL"].endswith(":9") else "an old question")
    call("again")
    assert False
""".replace("NAMES", repr([name for name in SECRETS if name not in ("ANSWER", "SERVED")]))
HOOK = """
import re

def pytest_altax_redact():
    return [lambda text: re.sub(r"customer-\\d+", "customer-0", text)]
"""
OPTIONS = ("-rA", "--junitxml=junit.xml", "--log-file=log.txt", "--log-file-level=DEBUG", "--altax-keep-failures")
# what the client itself logs is its own
QUIET = ("--log-disable=httpx", "--log-disable=httpcore.http11", "--log-disable=httpcore.connection")


def planted(monkeypatch, run):
    canaries = {name: f"C4nary-{run}-{name.lower()}-7f3aQz" for name in SECRETS}
    for name in SECRETS[:-2]:
        monkeypatch.setenv(f"CANARY_{name}", canaries[name])
    return canaries


def test_no_secret_reaches_a_report_the_results_a_log_or_the_cache(suite, monkeypatch):
    suite.write("test_shop.py", TEST)
    with mirroring() as mirror:
        first = planted(monkeypatch, "record")
        mirror.own = {"set-cookie": f"s={first['SERVED']}; Path=/"}
        mirror.text = f"https://b.test/x?X-Amz-Signature={first['ANSWER']}"
        monkeypatch.setenv("LLM_URL", mirror.url)
        recorded = suite.run_cached("--altax-record=all", *OPTIONS, *QUIET)
        seen = mirror.seen
    recorded.assert_outcomes(passed=2, failed=2)
    assert [name for name in SECRETS[:-2] if name != "BASIC" and first[name] not in seen] == []
    second = planted(monkeypatch, "replay")
    monkeypatch.setenv("LLM_URL", "http://127.0.0.1:9")
    replayed = suite.run_cached(*OPTIONS, *QUIET)
    replayed.assert_outcomes(passed=2, failed=2)
    written = {path: path.read_bytes().decode("latin-1") for path in suite.path.rglob("*") if path.is_file()}
    assert {"junit.xml", "log.txt", "altax-results.jsonl"} <= {path.name for path in written}
    assert sum(path.parent.parent.name == "cassettes" for path in written) == 4
    told = "\n".join(
        [*written.values(), *recorded.outlines, *recorded.errlines, *replayed.outlines, *replayed.errlines]
    )
    assert [one for one in (*first.values(), *second.values()) if one in told] == []
    assert "REDACTED" in told


def test_a_conftest_takes_out_what_no_rule_knows(suite):
    suite.write("conftest.py", HOOK)
    suite.write(
        "test_shop.py", "from app import ask\n\ndef test_it(n=[42]):\n    assert ask(f'who is customer-{n[0]}?')\n"
    )
    suite.record().assert_outcomes(passed=1)
    (cassette,) = suite.path.glob("cassettes/**/*.json")
    assert "customer-0?" in cassette.read_text()
    assert "customer-42" not in cassette.read_text()
    suite.write(
        "test_shop.py", "from app import ask\n\ndef test_it(n=[7]):\n    assert ask(f'who is customer-{n[0]}?')\n"
    )
    suite.run().assert_outcomes(passed=1)
    assert suite.the_run()["calls"] == 1


def test_a_pattern_in_toml_takes_out_its_match(suite):
    suite.config("secrets = { redact = ['acme-[0-9]+'] }")
    suite.write("test_shop.py", "from app import ask\n\ndef test_it():\n    assert ask('what is acme-77?')\n")
    suite.record().assert_outcomes(passed=1)
    (cassette,) = suite.path.glob("cassettes/**/*.json")
    assert "what is REDACTED?" in cassette.read_text()


def test_a_save_that_is_refused_fails_the_test_and_names_the_place(suite, monkeypatch):
    monkeypatch.setenv("ACME_API_KEY", "acme c4nary key")
    suite.write("test_shop.py", "from app import ask\n\ndef test_it():\n    assert ask('what is acme c4nary key?')\n")
    result = suite.record()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*interactions?0?.request.body.json.messages?1?.content (line *): *$ACME_API_KEY*"])
    assert not list(suite.path.glob("cassettes/**/*.json"))
    suite.config("secrets = { allow = ['acme c4nary key'] }")
    suite.record().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("secrets = { redact = ['a', '(b'] }", "pyproject.toml:7:28: bad regular expression '(b' at character 1"),
        ("secrets = { allow = ['.*'] }", "pyproject.toml:7:22: regular expression '.*' fits the empty text"),
        ("secrets = { alow = ['a'] }", "pyproject.toml:7:13: unknown key 'alow'"),
        ("secrets = { keep-headers = ['a b'] }", "pyproject.toml:7:29: item 1 of 'keep-headers'"),
        ("secrets = 3", "pyproject.toml:7:1: 'secrets' in [tool.pytest-altax] is the number 3; a table is allowed"),
    ],
)
def test_a_rule_that_cannot_be_used_is_placed_by_line_and_column(suite, table, message):
    suite.config(table)
    result = suite.run()
    result.stderr.fnmatch_lines([f"*{message.replace('[', '[[]')}*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
