"""What an engine puts into the clients it takes out again; tapes nest; what the stubs rely on is there."""

import asyncio
import http.client

import pytest
import vcr
from capture_asking import CHAT, ask, body
from capture_clients import EVERY, load

from pytest_altax.capture.clients import aiohttp_stubs, http_stubs, httpx_stubs, urllib3_stubs
from pytest_altax.capture.clients.patches import PATCHES

PATCHED = (
    "aiohttp.client_proto.ResponseHandler",
    "aiohttp.client_reqrep.ClientResponse",
    "aiohttp.connector.BaseConnector",
    "aiohttp.streams.StreamReader",
    "anthropic._base_client.BaseClient",
    "asyncio.base_events.BaseEventLoop",
    "botocore.retryhandler",
    "botocore.retries.standard.ExponentialBackoff",
    "google.genai._api_client",
    "http.client.HTTPConnection",
    "http.client.HTTPSConnection",
    "httpx.AsyncHTTPTransport",
    "httpx.HTTPTransport",
    "httpx2.AsyncHTTPTransport",
    "httpx2.HTTPTransport",
    "multiprocessing.process.BaseProcess",
    "openai._base_client.BaseClient",
    "openai._resource.AsyncAPIResource",
    "openai._resource.SyncAPIResource",
    "urllib3.connectionpool.HTTPConnectionPool",
    "urllib3.connectionpool.HTTPSConnectionPool",
    "urllib3.util.retry.Retry",
)


def kinds():
    for path in PATCHED:
        module, _, name = path.rpartition(".")
        if load(path) or load(module):
            yield load(path) or getattr(load(module), name)


def test_uninstalling_leaves_every_class_as_it_was(installed):
    before = {kind: dict(vars(kind)) for kind in kinds()}
    with installed("none"):
        changed = {kind for kind in before if dict(vars(kind)) != before[kind]}
        assert changed == set(before)
    for kind, members in before.items():
        assert {name: value for name, value in vars(kind).items() if members.get(name) is not value} == {}
        assert set(vars(kind)) == set(members)


def test_no_patch_goes_without_being_proved_undone():
    unproved = [name for name in PATCHES if not any(path.startswith(name) for path in PATCHED)]
    # not installed everywhere
    assert unproved == ["uvloop"]


def test_the_tape_that_was_pushed_last_gets_the_calls(loopback, studio, tmp_path):
    inner = type(studio)(tmp_path / "inner.json")
    with studio.open("once") as outer:
        ask(loopback.url, "outer?")
        with inner.open("once") as tape:
            ask(loopback.url, "inner?")
        ask(loopback.url, "again?")
    assert len(tape.interactions) == 1
    # two engines are installed inside: the one that was installed last is asked first
    assert len(outer.interactions) == 2


@EVERY
def test_a_client_made_before_the_engine_is_intercepted_and_works_on_after(client, loopback, studio):
    async def in_a_task(session):
        return await client.text(session, loopback.url + CHAT, body())

    async def all_in_one_loop():
        async with client.session() as session:
            live = await in_a_task(session)
            with studio.open("once"):
                recorded = await in_a_task(session)
            with studio.open("none"):
                replayed = await in_a_task(session)
            return live, recorded, replayed, await in_a_task(session)

    def in_a_row():
        with client.session() as session:
            live = client.text(session, loopback.url + CHAT, body())
            with studio.open("once"):
                recorded = client.text(session, loopback.url + CHAT, body())
            with studio.open("none"):
                replayed = client.text(session, loopback.url + CHAT, body())
            return live, recorded, replayed, client.text(session, loopback.url + CHAT, body())

    asynchronous = asyncio.iscoroutinefunction(client.text)
    live, recorded, replayed, after = asyncio.run(all_in_one_loop()) if asynchronous else in_a_row()
    assert recorded == replayed
    assert len({live, recorded, after}) == 3
    assert loopback.count == 3


RELIED_ON = {
    "aiohttp": aiohttp_stubs.RELIED_ON,
    "http.client": http_stubs.RELIED_ON,
    "httpx": httpx_stubs.RELIED_ON,
    "httpx2": httpx_stubs.RELIED_ON,
    "urllib3": urllib3_stubs.RELIED_ON,
    # for the rules of its cassettes; no call goes through vcrpy
    "vcr.matchers": ("requests_match",),
    "vcr.request": ("Request",),
}


def missing_in(module, paths):
    for path in paths:
        owner = module
        for part in path.split("."):
            if not hasattr(owner, part):
                yield path
                break
            owner = getattr(owner, part)


@pytest.mark.parametrize("module", RELIED_ON)
def test_a_client_has_the_members_that_are_relied_on(module):
    assert not list(missing_in(pytest.importorskip(module), RELIED_ON[module]))


def test_a_member_that_is_gone_is_found_out():
    assert list(missing_in(http.client, ("HTTPConnection.send", "HTTPConnection.gone"))) == ["HTTPConnection.gone"]


def test_a_connection_has_the_attributes_that_are_relied_on():
    connection = http.client.HTTPSConnection("a.test")
    assert not list(missing_in(connection, http_stubs.RELIED_ON_IN_A_CONNECTION))


def test_a_context_of_vcrpy_tells_its_settings():
    assert "match_on" in vcr.VCR().use_cassette("a.yaml")._args_getter()
