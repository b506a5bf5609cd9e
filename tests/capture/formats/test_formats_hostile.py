"""Cassettes that were made to do harm: refused with file, place and reason, in bounded time and memory."""

import base64
import gzip
import json
import tracemalloc
import zlib

import pytest
import yaml

from pytest_altax.capture import coding
from pytest_altax.capture.storage import formats, store
from pytest_altax.capture.storage.formats import document, yaml_data
from pytest_altax.errors import CassetteError

MIB = 2**20
PAIR = "interactions:\n- request: {method: GET, uri: 'http://a.test/', body: %s}\n  response: {status: {code: 200}}\n"


def refused(content, name="cassettes/a.yaml"):
    """The text of the refusal."""
    with pytest.raises(CassetteError) as error:
        list(formats.read(content, name).recordings)
    assert name in str(error.value)
    return str(error.value)


def one(content):
    (recording,) = formats.read(content, "a.yaml").recordings
    return recording


class Peak:
    """The most memory that was taken inside, in MiB."""

    def __enter__(self):
        tracemalloc.start()
        return self

    def __exit__(self, *_):
        self.mib = tracemalloc.get_traced_memory()[1] / MIB
        tracemalloc.stop()


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch %s']",
        "!!python/object/new:subprocess.Popen [['touch', '%s']]",
        "!!python/object:os.system {a: '%s'}",
        "!!python/name:os.system '%s'",
        "!!python/module:os '%s'",
        "!ruby/object:Gem::Installer {i: '%s'}",
        "!mine '%s'",
    ],
)
def test_a_tag_that_asks_for_an_object_is_refused_with_its_line_and_nothing_runs(tag, tmp_path):
    made = tmp_path / "made"
    said = refused((PAIR % ("\n    " + tag % made)).encode())
    assert "line 3" in said
    assert tag.split()[0] in said
    assert not made.exists()


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("!!python/unicode 'tower'", b"tower"),
        ("!!python/str 'tower'", b"tower"),
        ("!!python/bytes dG93ZXI=", b"tower"),
        ("!!python/tuple ['tall', !!python/long 5]", b'["tall",5]'),
        ("!!python/dict {a: !!python/none null}", b'{"a":null}'),
        ("!!binary dG93ZXI=", b"tower"),
        ("!binary dG93ZXI=", b"tower"),
        ("!ruby/hash:ActiveSupport::HashWithIndifferentAccess {a: 1}", b'{"a":1}'),
    ],
)
def test_the_plain_spellings_of_old_cassettes_are_read_as_data(written, body):
    assert one((PAIR % written).encode()).request.body == body


def test_a_small_alias_is_what_it_stands_for():
    shared = b"interactions:\n- request: {method: GET, uri: x, headers: &id001 {accept: [a]}}\n"
    recording = one(shared + b"  response: {status: {code: 200}, headers: *id001, body: {string: ''}}\n")
    assert recording.request.headers == (("accept", "a"),)


def test_merged_mappings_give_way_to_what_stands_beside_them():
    base = b"interactions:\n- request: &one {method: GET, uri: x, headers: {}}\n  response: {status: {code: 200}}\n"
    more = b"- request: {<<: *one, uri: y}\n  response: {status: {code: 200}}\n"
    found = formats.read(base + more, "a.yaml").recordings
    assert [(recording.request.method, recording.request.url) for recording in found] == [("GET", "x"), ("GET", "y")]


def test_aliases_that_blow_up_are_refused_before_the_memory_is_spent():
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [
        f"{now}: &{now} [{', '.join([f'*{last}'] * 9)}]" for last, now in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with Peak() as peak:
        said = refused("\n".join([*lines, "interactions: *i"]).encode())
    assert "larger than 256 MiB" in said
    assert peak.mib < 5


def test_an_alias_of_a_long_text_counts_as_often_as_it_stands():
    text = "a: &a '" + "x" * MIB + "'\ninteractions: [" + "*a, " * 300 + "]"
    with Peak() as peak:
        assert "larger than 256 MiB" in refused(text.encode())
    assert peak.mib < 20


@pytest.mark.parametrize("content", [b"a: &a [*a]", b"a: &a {b: *a}", b"interactions: *nowhere"])
def test_an_alias_of_something_incomplete_is_refused(content):
    assert "line 1" in refused(content)


def test_more_values_than_fit_are_refused(monkeypatch):
    monkeypatch.setattr(yaml_data, "MOST_BYTES", 10_000)
    assert "larger than" in refused(b"interactions:\n" + b"- a\n" * 1000)


def test_more_values_of_json_than_fit_are_refused_unread(monkeypatch):
    monkeypatch.setattr(document, "MOST_VALUES", 10_000)
    with Peak() as peak:
        assert "10,000 values" in refused(b"[" + b"[]," * 40_000 + b"0]", "a.json")
    assert peak.mib < 1


@pytest.mark.parametrize("filling", [b'"' + b'\\"' * 200_000, b'""' * 200_000])
def test_texts_without_an_end_are_looked_through_once(filling, monkeypatch):
    monkeypatch.setattr(document, "MOST_VALUES", 10_000)
    with Peak() as peak:
        refused(b"[" + filling + b"," * 40_000, "a.json")
    assert peak.mib < 20


def test_numbers_that_are_too_long_for_numbers_are_text():
    number = "1:" * 50_000 + "1"
    assert one((PAIR % number).encode()).request.body == number.encode()


def test_a_file_of_many_empty_gzip_members_takes_no_more_than_its_length():
    assert "empty" in refused(gzip.compress(b"") * 20_000, "a.yaml.gz")


def test_commas_inside_texts_are_no_values(monkeypatch):
    monkeypatch.setattr(document, "MOST_VALUES", 10_000)
    body = "," * 40_000
    request = {"method": "POST", "uri": "x", "body": body}
    content = json.dumps({"interactions": [{"request": request, "response": {"status": {"code": 200}}}]}).encode()
    assert one(content).request.body == body.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"interactions: " + b"[" * 100_000,
        b"interactions:\n" + b"\n".join(b" " * depth + b"-" for depth in range(3000)),
        b'{"interactions": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"interactions": ' + b'{"a":' * 100_000,
        b"- " * 100_000,
        b"? " * 100_000,
    ],
)
def test_what_is_nested_too_deeply_is_refused(content):
    assert "deep" in refused(content)


def test_a_body_as_deep_as_json_can_be_read_is_read_or_refused():
    for depth in (100, 800, 990):
        body = "[" * depth + "]" * depth
        content = (
            '{"interactions": [{"request": {"method": "POST", "uri": "x", "body": %s}, "response": {"status": 200}}]}'
        )
        try:
            assert one((content % body).encode()).request.body == body.encode()
        except CassetteError as error:
            assert depth > 100 and "deep" in str(error)  # noqa: PT017, PT018 - both may be right


def bomb(size, wbits=31):
    """`size` MiB of zeros, compressed."""
    packer = zlib.compressobj(1, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size)) + packer.flush()


def test_a_file_that_unpacks_to_more_than_the_limit_is_refused():
    content = bomb(16) * 64
    with Peak() as peak:
        assert "unpacked it is larger than 256 MiB" in refused(content, "a.yaml.gz")
    assert peak.mib < 600


def test_a_file_that_is_too_large_is_not_even_read(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    with Peak() as peak, pytest.raises(CassetteError, match="larger than 256 MiB"):
        store.read(path)
    assert peak.mib < 1


def encoded(body, encoding, count=1):
    """A cassette whose responses have a body in a content encoding."""
    answer = {
        "status": 200,
        "headers": {"content-encoding": encoding},
        "body": {"base64_string": base64.b64encode(body).decode()},
    }
    pair = {"request": {"method": "GET", "uri": "x"}, "response": answer}
    return json.dumps({"interactions": [pair] * count}).encode()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_expands_beyond_the_limit_is_refused(encoding):
    if encoding == "br":
        content = pytest.importorskip("brotli").compress(bytes(200 * MIB), quality=1)
    elif encoding == "zstd":
        content = pytest.importorskip("zstandard").compress(bytes(200 * MIB))
    else:
        content = bomb(200, 31 if encoding == "gzip" else 15)
    with Peak() as peak:
        said = refused(encoded(content, encoding))
    assert "the body of interactions[0].response, decoded, is larger than 64 MiB" in said
    assert peak.mib < 200


def test_a_plain_body_above_the_limit_is_refused():
    content = b'{"interactions": [{"request": {"method": "GET", "uri": "x", "body": "%s"}, "response": {}}]}'
    assert "the body of interactions[0].request is larger than 64 MiB" in refused(content % (b"x" * (65 * MIB)))


def test_bodies_that_are_too_large_together_are_refused():
    with Peak() as peak:
        assert "its bodies, decoded, are larger than 256 MiB" in refused(encoded(bomb(60), "gzip", 6))
    assert peak.mib < 600


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_is_decoded_whole(encoding):
    text = "hölzern ".encode() * 1000
    if encoding == "br":
        content = pytest.importorskip("brotli").compress(text)
    elif encoding == "zstd":
        content = pytest.importorskip("zstandard").compress(text)
    else:
        content = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
    response = one(encoded(content, encoding)).response
    assert (response.body, response.complete, response.header("content-encoding")) == (text, True, None)
    cut = one(encoded(content[:-1], encoding)).response
    assert text.startswith(cut.body)
    assert not cut.complete


def test_an_old_brotli_without_a_limit_is_bounded_by_slices(monkeypatch):
    brotli = pytest.importorskip("brotli")

    class Old:
        error = brotli.error

        class Decompressor:
            def __init__(self):
                self.new = brotli.Decompressor()
                self.is_finished = self.new.is_finished

            def process(self, data):
                return self.new.process(data)

    monkeypatch.setattr(coding.importlib, "import_module", lambda name: Old)
    text = b"tower " * 500
    assert coding.decode_whole(brotli.compress(text), "br", 10_000) == (text, True)
    with pytest.raises(coding.TooLarge):
        coding.decode_whole(brotli.compress(text), "br", 100)


def test_a_body_that_its_client_has_decoded_is_left_alone():
    assert one(encoded(b"plain text", "gzip")).response.body == b"plain text"


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "unknown"])
def test_a_body_that_does_not_decode_is_refused_with_its_place(encoding):
    damaged = gzip.compress(b"tower")[:-8] + b"\xff" * 8
    assert "interactions[0].response has a body that does not decode" in refused(encoded(damaged, encoding))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda whole: whole[:-5], "cut off"),
        (lambda whole: whole[:-8] + b"\x00" * 8, "damaged"),
        (lambda whole: whole[:2] + b"\xff" * 20, "damaged"),
        (lambda whole: whole[:2], "cut off"),
    ],
)
def test_a_damaged_compressed_file_is_refused(damage, said):
    assert said in refused(damage(gzip.compress(b"interactions: []\n")), "a.yaml.gz")


def test_a_file_in_several_gzip_members_is_one():
    content = gzip.compress(b"interacti") + gzip.compress(b"ons: []\n")
    assert list(formats.read(content, "a.yaml.gz").recordings) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [PAIR % "'täll'", '{"interactions": []}'])
def test_a_byte_order_mark_is_understood(text, encoding):
    assert len(formats.read(text.encode(encoding), "a.yaml").recordings) == text.count("request")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfea", "truncated data"),
        (b"interactions:\n- \x00", "line 2, byte 16"),
        (b"interactions:\n- '\xff'", "line 2, byte 17"),
        (b'{"interactions": [\n"\x00"]}', "line 2, column 2"),
        (b'{"interactions": [\n"\xff"]}', "line 2, byte 20"),
        (b'{"interactions": [\n{"request": ', "line 2"),
        (b"interactions:\n- request: {method: 'GE", "line 2"),
        (b'interactions: "\\ud83d"', "line 1"),
        (b"interactions: []\n---\ninteractions: []\n", "second document"),
        (b"interactions: !!int x", "line 1: x is no int"),
        (b"interactions: !!binary '%'", "line 1: the base64"),
        (b"{[]: 1}", "line 1"),
        (b"? [a]\n: 1", "line 1: a key is no text"),
        (b"!!int 5: 1", "line 1: a key is no text"),
        (b"a: !!int " + b"1:" * 50_000 + b"1", "line 1: 1:1"),
        (b"<<: 5\ninteractions: []", "merged"),
        (b'{"interactions": [%s]}' % (b"9" * 5000), "integer"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(content, said):
    assert said in refused(content)


@pytest.mark.parametrize(
    ("request_", "response", "said"),
    [
        ('{"method": "\\ud83d", "uri": "x"}', "{}", "request.method holds half of a surrogate pair"),
        ('{"method": "GET", "uri": "x", "body": "\\udc00"}', "{}", "request.body holds half of a surrogate pair"),
        ('{"method": "GET"}', "{}", "request has no uri"),
        ('{"method": 5.5, "uri": {}}', "{}", "request.uri is no text: it is an empty mapping"),
        ('{"method": "GET", "uri": "x", "headers": 5}', "{}", "request.headers is no mapping: it is a number"),
        ('{"method": "GET", "uri": "x", "headers": [5]}', "{}", "request.headers[0] is no list"),
        ('{"method": "GET", "uri": "x", "body": 5}', "{}", "request.body is no body: it is a number"),
        ('{"method": "GET", "uri": "x", "uri": "y"}', "{}", "request has two entries uri"),
        (
            '{"method": "GET", "uri": "x", "body": {"file": true, "string": "/a"}}',
            "{}",
            "request.body lies in another file",
        ),
        (
            '{"method": "GET", "uri": "x", "body": {"base64_string": "%"}}',
            "{}",
            "request.body.base64_string is no base64",
        ),
        ("[]", "{}", "request is no mapping: it is a list"),
        ('{"method": "GET", "uri": "x"}', "{}", "response has no status"),
        ('{"method": "GET", "uri": "x"}', '{"status": 99}', "response.status is no HTTP status: 99"),
        ('{"method": "GET", "uri": "x"}', '{"status": "many"}', "response.status is no whole number: it is a text"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(request_, response, said):
    content = f'{{"interactions": [{{"request": {request_}, "response": {response}}}]}}'
    assert f"interactions[0].{said}" in refused(content.encode())


def test_a_list_of_interactions_that_stands_twice_is_refused():
    assert "two entries interactions" in refused(b"interactions: []\nversion: 1\ninteractions: []\n")


def test_a_header_that_stands_twice_counts_once():
    headers = "{accept: a, accept: b}"
    content = f"interactions:\n- request: {{method: GET, uri: x, headers: {headers}}}\n  response: {{status: 200}}\n"
    assert one(content.encode()).request.headers == (("accept", "b"),)


def test_nothing_of_a_file_reaches_the_terminal_as_it_is():
    for content in (b'{"\\u001b[31m": 1}', b'{"interactions": [{"\\u202e": 1}]}', b'"\\e[31m"'):
        with pytest.raises(CassetteError) as error:
            formats.read(content, "a\x1b[31m.yaml")
        assert str(error.value).replace("\n", "").isprintable()


def test_half_of_a_surrogate_in_parsed_json_stays_escaped():
    body = '{"text":"\\ud83d"}'
    request = f'{{"method": "POST", "uri": "x", "parsed_body": {body}}}'
    content = f'{{"interactions": [{{"request": {request}, "response": {{"status": 200}}}}]}}'
    assert one(content.encode()).request.body == body.encode()


def test_the_pure_loader_refuses_and_reads_the_same(monkeypatch):
    monkeypatch.setattr(yaml_data, "_LOADER", yaml.SafeLoader)
    assert one((PAIR % "&a 'täll'").encode()).request.body == "täll".encode()
    assert "line 3" in refused((PAIR % "\n    !!python/name:os.system x").encode())
    assert "deep" in refused(b"interactions: " + b"[" * 1000)


def test_what_lies_outside_of_the_folder_is_never_opened(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY")
    path = tmp_path / "cassettes" / "a.yaml"
    path.parent.mkdir()
    path.write_text(PAIR % "{file: true, string: ../secret.txt}")
    with pytest.raises(CassetteError, match="not opened"):
        store.read(path)


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".yaml.gz", ".yml.gz", ".json.gz", ".har"])
def test_a_cassette_in_another_format_is_found_beside_ours(suffix, tmp_path):
    foreign = tmp_path / f"test_it[gpt-4.1]{suffix}"
    foreign.touch()
    ours = tmp_path / "test_it[gpt-4.1].json"
    assert store.find(ours) == foreign
    assert store.target(foreign) == ours
    ours.touch()
    assert store.find(ours) == store.find(foreign) == ours
