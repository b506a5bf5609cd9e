"""A suite of pytest-recording's: recorded by it on loopback, replayed by us with the server gone, nothing changed."""

import json

import pytest

pytest.importorskip("pytest_recording")

SUITE = """
import os
import httpx
import pytest
from app import ask

URL = os.environ["LLM_URL"]
ANSWERS = []

@pytest.fixture(scope="module")
def vcr_config():
    return {"filter_headers": ["authorization"], "filter_query_parameters": ["key"]}

@pytest.mark.vcr
def test_one():
    ANSWERS.append(ask("one?"))

@pytest.mark.vcr()
@pytest.mark.parametrize("name", ["a/b", "a:b<c>", "x" * 300])
def test_each(name):
    ANSWERS.append(ask(f"Who is {name}?"))

class TestShop:
    pytestmark = pytest.mark.vcr

    def test_two(self):
        ANSWERS.append(ask("two?") + ask("two?"))

@pytest.mark.vcr
@pytest.mark.default_cassette("named")
def test_named():
    ANSWERS.append(ask("named?"))

@pytest.mark.vcr
def test_plain_http():
    reply = httpx.post(URL + "/weather?key=secret&q=x", json={"messages": [{"content": "rain?"}], "model": "-"})
    ANSWERS.append(reply.text)

@pytest.mark.vcr
@pytest.mark.block_network
def test_blocked(vcr):
    ANSWERS.append(ask("blocked?"))
    assert vcr.play_count + vcr.dirty == 1

@pytest.mark.vcr("extra.yaml")
def test_extra():
    ANSWERS.append(ask("extra?"))

@pytest.mark.vcr(allow_playback_repeats=True)
def test_repeats():
    ANSWERS.append(ask("again?"))
    if os.environ.get("REPLAYED"):
        assert ask("again?") == ask("again?") == ANSWERS[-1]

def test_all_answers():
    import json, pathlib
    file = pathlib.Path("answers.json")
    if file.exists():
        assert json.loads(file.read_text()) == ANSWERS
    file.write_text(json.dumps(ANSWERS))
"""


def recorded(suite, source, monkeypatch):
    """Let pytest-recording record a suite; the model is gone after that. vcrpy compares ports, so the address stays."""
    suite.write("test_shop.py", source)
    with suite.up() as url:
        assert suite.run_without("--record-mode=once").ret == 0
    monkeypatch.setenv("LLM_URL", url)
    return url


def test_a_suite_gives_the_same_answers_with_both_plugins(suite, monkeypatch):
    recorded(suite, SUITE, monkeypatch)
    asked = suite.model.asked
    monkeypatch.setenv("REPLAYED", "1")
    suite.run_without().assert_outcomes(passed=11)
    files = {path: path.read_bytes() for path in suite.path.rglob("cassettes/**/*") if path.is_file()}
    suite.run().assert_outcomes(passed=11)
    assert files == {path: path.read_bytes() for path in suite.path.rglob("cassettes/**/*") if path.is_file()}
    assert suite.model.asked == asked
    assert sum(row.get("calls", 0) for row in suite.tests().values()) == 13
    suite.run_without().assert_outcomes(passed=11)


CHOSEN = """
import json
import pytest
from app import ask

@pytest.fixture(scope="module")
def vcr_cassette_dir(request):
    return str(request.path.parent / "tapes")

@pytest.fixture
def default_cassette_name(request):
    return "the-" + request.node.name

@pytest.fixture(scope="module")
def vcr_config():
    return {"serializer": "json"}

@pytest.mark.vcr
def test_one():
    assert "number 1:" in ask("one?")

@pytest.mark.vcr
def test_two():
    assert "number 2:" in ask("two?")
"""


def test_folder_name_serializer_and_further_cassettes_are_those_of_the_suite(suite, monkeypatch):
    recorded(suite, CHOSEN, monkeypatch)
    assert sorted(path.name for path in (suite.path / "tapes").iterdir()) == ["the-test_one.json", "the-test_two.json"]
    further = CHOSEN.replace("vcr\ndef test_two():", "vcr('the-test_one.json')\ndef test_two():\n    ask('one?')")
    suite.write("test_shop.py", further)
    suite.run().assert_outcomes(passed=2)


def test_recording_again_leaves_the_cassettes_of_pytest_recording_alone(suite, monkeypatch):
    url = recorded(suite, CHOSEN, monkeypatch)
    before = (suite.path / "tapes" / "the-test_one.json").read_bytes()
    suite.write("test_shop.py", CHOSEN.replace("number", "answer number"))
    suite.record("-k", "one").assert_outcomes(failed=1)  # the model counts on: it is another answer
    suite.write("test_shop.py", CHOSEN.replace('"number 1:" in', ""))
    suite.record("-k", "one").assert_outcomes(passed=1)
    assert (suite.path / "tapes" / "the-test_one.json").read_bytes() == before
    assert (suite.path / "tapes" / "the-test_one.altax.json").is_file()
    suite.run("-k", "one").assert_outcomes(passed=1)
    monkeypatch.setenv("LLM_URL", url)
    suite.run_without("-k", "one").assert_outcomes(passed=1)


CHANGED = """
import os, time
import httpx
import pytest
from app import ask

@pytest.fixture(scope="module")
def vcr_config():
    return {"match_on": MATCH, "filter_query_parameters": ["key"], "before_record_request": shorten}

def shorten(request):
    request.uri = request.uri.partition("&now=")[0]
    return request

@pytest.mark.vcr
def test_one():
    assert "number 1:" in ask("one NOW?")
    assert "number 2:" in ask("two NOW?")

@pytest.mark.vcr
def test_plain():
    url = os.environ["LLM_URL"] + "/weather?q=1&now=NOW&key=NOW"
    assert "number 3:" in httpx.post(url, json={"messages": [{"content": "NOW"}], "model": "-"}).text
"""


def test_requests_are_matched_by_the_rules_of_the_suite_at_last(suite, monkeypatch):
    source = CHANGED.replace("MATCH", '["method", "path"]')
    recorded(suite, source.replace("NOW", "2026"), monkeypatch)
    suite.write("test_shop.py", source.replace("NOW", "2027"))
    suite.run_without().assert_outcomes(passed=2)
    suite.run().assert_outcomes(passed=2)
    changes = suite.tests()["test_shop.py::test_one"]["stale"][0]["changes"]
    assert changes == ["user text changed"]


def test_requests_that_the_rules_of_the_suite_refuse_are_unmatched(suite, monkeypatch):
    source = CHANGED.replace("MATCH", '["method", "path", "body"]')
    recorded(suite, source.replace("NOW", "2026"), monkeypatch)
    suite.write("test_shop.py", source.replace("NOW", "2027"))
    suite.run().assert_outcomes(failed=2)


MODES = """
import socket
import httpx
import pytest
from app import ask

@pytest.mark.vcr(record_mode="none")
def test_never():
    ask("never?")

@pytest.mark.vcr
@pytest.mark.block_network
def test_blocked():
    ask("blocked?")
    if PLAYED:
        with socket.socket() as one, pytest.raises(RuntimeError, match="Network is disabled"):
            one.connect(("127.0.0.1", 1))

def test_unmarked():
    ask("unmarked?")

@pytest.mark.vcr("more.yaml")
@pytest.mark.altax(total_tokens=1)
def test_limited(vcr):
    ask("limited?")
    assert len(vcr) == len(vcr.requests) == 1
"""


def test_markers_keep_their_meaning_while_we_record_and_replay(suite):
    suite.write("test_shop.py", MODES.replace("PLAYED", "0"))
    suite.record().assert_outcomes(passed=2, failed=2)
    names = sorted(path.name for path in suite.path.rglob("cassettes/**/*") if path.is_file())
    assert names == ["test_blocked.json", "test_limited.json", "test_unmarked.json"]
    suite.write("test_shop.py", MODES.replace("PLAYED", "1"))
    suite.run().assert_outcomes(passed=2, failed=2)


def test_record_mode_asks_for_recording_by_name(suite, monkeypatch):
    monkeypatch.setenv("CI", "1")
    suite.write(
        "test_shop.py", "import pytest\nfrom app import ask\n\n@pytest.mark.vcr\ndef test_one():\n    ask('one?')\n"
    )
    with suite.up():
        suite.run("--record-mode=rewrite").assert_outcomes(passed=1)
    suite.run("--record-mode=none").assert_outcomes(passed=1)
    assert json.loads((suite.path / "cassettes/test_shop/test_one.json").read_text())["altax-cassette"]


def test_disable_recording_leaves_its_markers_without_meaning(suite):
    suite.write(
        "test_shop.py",
        "import pytest\nfrom app import ask\n\n@pytest.mark.vcr\ndef test_one(vcr):\n    assert vcr is None\n",
    )
    suite.run("--disable-recording").assert_outcomes(passed=1, failed=1)
