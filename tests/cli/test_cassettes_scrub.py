"""`altax cassettes scrub` takes the secrets out of cassettes, which replay as before."""

import gzip
import json
import stat
from importlib.metadata import EntryPoint

import httpx
import pytest
import vcr
import yaml
from click.testing import CliRunner

from pytest_altax.capture.recording import Recording
from pytest_altax.capture.storage import cassette, store
from pytest_altax.cli import main
from pytest_altax.records import Request, Response

KEY = "sk-proj-a9Bx7Qm2Zr5Tk8Wn1Vc4"
URL = "http://llm.test/v1/chat/completions"


def scrub(*arguments):
    return CliRunner().invoke(main, ["cassettes", "scrub", *map(str, arguments)])


def content(body, encoding=None):
    sent = {
        "Authorization": ["Bearer c4nary-one-two"],
        "X-Stainless-Os": ["Linux"],
        "Content-Type": ["application/json"],
    }
    got = {
        "Content-Type": ["application/json"],
        "Set-Cookie": ["s=c4nary-cookie; Path=/"],
        "X-Request-Id": ["req-1a2b3c4d"],
    }
    if encoding:
        got |= {"Content-Encoding": [encoding], "Content-Length": [str(len(body))]}
    request = {"method": "POST", "uri": URL, "body": f'{{"q": "say {KEY}", "n": 1}}', "headers": sent}
    response = {"status": {"code": 200, "message": "OK"}, "headers": got, "body": {"string": body}}
    return {"interactions": [{"request": request, "response": response}], "version": 1}


ANSWER = '{"text": "you are c4nary-one-two, it is 2026-01-02", "password": "c4nary-77"}'
CLEAN = '{"text": "you are REDACTED, it is 2026-01-02", "password": "REDACTED"}'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def replayed(path):
    """The answer that vcrpy itself gives from a cassette."""
    with vcr.use_cassette(str(path), record_mode="none"), httpx.Client() as client:
        return client.post(URL, content=b"anything").text


@pytest.mark.parametrize(
    ("name", "dump"),
    [
        ("a.yaml", lambda data: yaml.dump(data).encode()),
        ("b.yml", lambda data: yaml.dump(data, sort_keys=False).encode()),
        ("c.json", lambda data: json.dumps(data, indent=4).encode()),
    ],
)
def test_a_cassette_of_vcrpy_replays_by_vcrpy_itself(folder, name, dump):
    path = folder / name
    path.write_bytes(dump(content(ANSWER)))
    options = {"serializer": "json"} if name.endswith("json") else {}
    result = scrub(path)
    assert result.exit_code == 0, result.output
    assert b"c4nary" not in path.read_bytes()
    assert KEY.encode() not in path.read_bytes()
    with vcr.use_cassette(str(path), record_mode="none", **options), httpx.Client() as client:
        assert client.post(URL, content=b"anything").json() == json.loads(CLEAN)
    parsed = yaml.safe_load(path.read_bytes())
    (pair,) = parsed["interactions"]
    assert pair["request"]["headers"] == {
        "Authorization": ["REDACTED"],
        "X-Stainless-Os": ["Linux"],
        "Content-Type": ["application/json"],
    }
    assert pair["request"]["body"] == '{"q": "say REDACTED", "n": 1}'
    assert parsed["version"] == 1


def test_what_holds_no_secret_stays_byte_for_byte(folder):
    path = folder / "a.yaml"
    pair = "{request: {method: GET, uri: 'http://a.test', headers: {}, body: null}, response: {status: {code: 200}}}"
    data = f"# a comment\ninteractions: [{pair}]\nversion: 1\n".encode()
    path.write_bytes(data)
    result = scrub(path)
    assert result.output == "0 of 1 cassette changed\n"
    assert path.read_bytes() == data


def test_a_compressed_body_stays_compressed(folder):
    path = folder / "a.yaml"
    path.write_text(yaml.dump(content(gzip.compress(ANSWER.encode()), "gzip")))
    assert scrub(path).exit_code == 0
    response = yaml.safe_load(path.read_text())["interactions"][0]["response"]
    assert gzip.decompress(response["body"]["string"]).decode() == CLEAN
    assert response["headers"]["Content-Length"] == [str(len(response["body"]["string"]))]
    assert replayed(path) == CLEAN


def test_a_parsed_body_of_pydantic_ai_is_cleaned(folder):
    data = content(ANSWER)
    data["interactions"][0]["request"] |= {"parsed_body": {"api_key": "c4nary-8", "n": [1.5, None]}}
    (folder / "a.yaml").write_text(yaml.dump(data))
    assert scrub(folder).exit_code == 0
    request = yaml.safe_load((folder / "a.yaml").read_text())["interactions"][0]["request"]
    assert request["parsed_body"] == {"api_key": "REDACTED", "n": [1.5, None]}


def test_a_compressed_file_stays_compressed(folder):
    path = folder / "a.yaml.gz"
    path.write_bytes(gzip.compress(yaml.dump(content(ANSWER)).encode()))
    assert scrub(path).exit_code == 0
    assert b"c4nary" not in gzip.decompress(path.read_bytes())


def ours(path):
    request = Request("POST", URL + "?page=2", (("content-type", "application/json"),), b'{"password": "c4nary-77"}')
    response = Response(
        200, (("content-type", "text/event-stream"),), f"data: {KEY}\n\ndata: x\n\n".encode(), "OK", (36, 9), (0.1, 0.2)
    )
    recordings = [
        Recording(request, response, tag="a", events=(1, 4)),
        Recording(request, None, f"x.Y: {KEY}", events=(2, 3)),
    ]
    path.write_bytes(cassette.dump(recordings, {"at": "then"}, {"policy": [f"Never say {KEY}."]}))


def test_a_cassette_of_ours_keeps_all_else(folder):
    path = folder / "a.json"
    ours(path)
    result = scrub(path)
    assert result.exit_code == 0, result.output
    text = path.read_text()
    assert KEY not in text
    assert "c4nary" not in text
    recorded = store.read(path)
    first, second = recorded.recordings
    assert (first.events, first.tag, second.events) == ((1, 4), "a", (2, 3))
    assert first.response.chunks == (16, 9)
    assert second.failure == "x.Y: REDACTED"
    assert recorded.layers == {"policy": ("Never say REDACTED.",)}
    assert recorded.header == {"at": "then"}


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_scrubbing_twice_is_scrubbing_once(folder, name):
    path = folder / name
    if name == "a.json":
        ours(path)
    else:
        path.write_text(yaml.dump(content(ANSWER)))
    assert "1 of 1 cassette changed" in scrub(path).output
    once = path.read_bytes()
    assert scrub(path).output == "0 of 1 cassette changed\n"
    assert path.read_bytes() == once


def test_a_dry_run_writes_nothing_and_tells_what_it_would(folder):
    path = folder / "a.yaml"
    path.write_text(yaml.dump(content(ANSWER)))
    before = path.read_bytes()
    result = scrub(path, "--dry-run")
    assert path.read_bytes() == before
    assert "would replace" in result.output
    assert "1 × header 'authorization'" in result.output
    assert "1 × field 'password'" in result.output
    assert "1 of 1 cassette would change" in result.output
    assert "c4nary" not in result.output


def test_the_mode_of_a_file_stays(folder):
    path = folder / "a.yaml"
    path.write_text(yaml.dump(content(ANSWER)))
    path.chmod(0o600)
    scrub(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [path]


def test_what_cannot_be_written_is_named_and_left(folder):
    path = folder / "a.har"
    entry = {
        "request": {"method": "GET", "url": URL, "headers": []},
        "response": {"status": 200, "content": {"text": KEY}},
    }
    path.write_text(json.dumps({"log": {"entries": [entry]}}))
    before = path.read_bytes()
    result = scrub(path)
    assert result.exit_code == 1
    assert "a.har cannot be scrubbed: only cassettes of pytest-altax and vcrpy can be written" in result.output
    assert path.read_bytes() == before


def test_what_cannot_be_written_but_holds_no_secret_is_no_failure(folder):
    entry = {"request": {"method": "GET", "url": URL, "headers": []}, "response": {"status": 200, "content": {}}}
    (folder / "a.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    assert scrub(folder).output == "0 of 1 cassette changed\n"


def test_a_file_that_does_not_load_is_named_and_left(folder):
    (folder / "a.yaml").write_text("interactions:\n- request: 3\n")
    (folder / "b.yaml").write_text(yaml.dump(content(ANSWER)))
    result = scrub(folder)
    assert result.exit_code == 1
    assert "a.yaml" in result.stderr
    assert "1 of 2 cassettes changed" in result.output


def test_the_rules_of_the_project_hold(folder):
    (folder / "pyproject.toml").write_text(
        "[tool.pytest-altax.secrets]\nredact = ['20[0-9-]{8}']\nallow = ['c4nary-77']\n"
    )
    path = folder / "a.yaml"
    path.write_text(yaml.dump(content(ANSWER)))
    scrub(path)
    body = yaml.safe_load(path.read_text())["interactions"][0]["response"]["body"]["string"]
    assert json.loads(body) == {"text": "you are REDACTED, it is REDACTED", "password": "c4nary-77"}


def test_no_cassette_is_exit_2(folder):
    assert scrub(folder).exit_code == 2


def test_what_was_scrubbed_checks_clean(folder):
    (folder / "a.yaml").write_text(yaml.dump(content(ANSWER)))
    ours(folder / "b.json")
    assert CliRunner().invoke(main, ["cassettes", "check", "."]).exit_code == 1
    assert scrub(folder).exit_code == 0
    result = CliRunner().invoke(main, ["cassettes", "check", "."])
    assert result.exit_code == 0, result.output


def test_functions_of_an_installed_package_are_asked(folder, monkeypatch):
    (folder / "acme_redact.py").write_text(
        "def pytest_altax_redact():\n    return [lambda text: text.replace('2026', '0000')]\n"
    )
    monkeypatch.syspath_prepend(folder)
    point = EntryPoint("acme", "acme_redact", "altax")
    monkeypatch.setattr("pytest_altax.cli.extensions.entry_points", lambda group: [point])
    path = folder / "a.yaml"
    path.write_text(yaml.dump(content(ANSWER)))
    assert scrub(path).exit_code == 0
    assert "0000-01-02" in path.read_text()


def with_headers(path, *pairs, body=b"{}"):
    """A cassette in our own format, its request with headers that we would not have kept."""
    response = Response(200, (("content-type", "application/json"),), body)
    path.write_bytes(cassette.dump([Recording(Request("POST", URL, pairs, b"{}"), response)], {"at": "then"}))


@pytest.mark.parametrize("name", ["authorization", "x-api-key", "Cookie", "api-key"])
def test_a_secret_header_in_a_cassette_of_ours_goes(folder, name):
    path = folder / "a.json"
    with_headers(path, (name, "s=hunter2"), ("content-type", "application/json"))
    assert CliRunner().invoke(main, ["cassettes", "check", "."]).exit_code == 1
    result = scrub(path)
    assert result.exit_code == 0, result.output
    assert f"a.json: replaced 1 (1 × header '{name.lower()}')" in result.output
    assert store.read(path).recordings[0].request.headers == (("content-type", "application/json"),)
    assert CliRunner().invoke(main, ["cassettes", "check", "."]).exit_code == 0


def test_a_secret_of_a_header_goes_from_bodies_in_a_cassette_of_ours(folder):
    path = folder / "a.json"
    with_headers(path, ("authorization", "Bearer c4nary-one-two"), body=b'{"text": "you are c4nary-one-two"}')
    scrub(path)
    assert store.read(path).recordings[0].response.body == b'{"text": "you are REDACTED"}'


def test_a_header_that_the_project_keeps_stays_in_a_cassette_of_ours(folder):
    (folder / "pyproject.toml").write_text("[tool.pytest-altax.secrets]\nkeep-headers = ['x-shop']\n")
    path = folder / "a.json"
    with_headers(path, ("x-shop", "blue"), ("x-api-key", "c4nary-77"))
    assert scrub(path).exit_code == 0
    assert store.read(path).recordings[0].request.headers == (("x-shop", "blue"),)


def test_what_is_left_after_all_is_counted_and_exits_1(folder, monkeypatch):
    monkeypatch.setenv("ACME_API_KEY", "acme c4nary 7")
    path = folder / "a.yaml"
    path.write_text(yaml.dump(content('{"text": "acme c4nary 7"}')))
    result = scrub(path)
    assert result.exit_code == 1
    assert "\n1 left: " in result.output
    assert "a.yaml:15: the value of $ACME_API_KEY" in result.output
    assert "c4nary" not in result.output
