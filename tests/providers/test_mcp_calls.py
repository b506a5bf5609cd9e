import json

import pytest
from exchanges import call

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Request, Response

URL = "https://mcp.acme.test/mcp"


def read(method: str, *headers: tuple[str, str], sent: object = None, url: str = URL, response: Response | None = None):
    body = b"" if sent is None else json.dumps(sent).encode()
    return ProviderRegistry().read(Interaction(Request(method, url, headers, body), response))


@pytest.mark.parametrize(
    ("name", "endpoint", "streaming"),
    [("mcp_tools_list", "tools/list", True), ("mcp_tools_call", "tools/call", False)],
)
def test_the_method_is_the_endpoint_and_nothing_is_billed(name, endpoint, streaming):
    found = call(name)
    assert (found.kind, found.endpoint, found.streaming) == ("other", endpoint, streaming)
    assert (found.usage, found.choices, found.messages, found.error) == (None, (), (), None)


def test_an_error_of_the_server_is_told():
    body = {"jsonrpc": "2.0", "id": 2, "error": {"code": -32602, "message": "Unknown tool"}}
    assert call("mcp_tools_call", got=json.dumps(body).encode()).error == "Unknown tool"


def test_a_notification_that_is_accepted_is_no_error():
    sent = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    found = read("POST", sent=sent, response=Response(202))
    assert (found.endpoint, found.status, found.error) == ("notifications/initialized", 202, None)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_session_is_told_by_its_header(method):
    assert read(method, ("Mcp-Session-Id", "s")).endpoint == "session"
    assert read(method).provider == "unknown"


def test_an_answer_to_the_server_is_told():
    assert read("POST", sent={"jsonrpc": "2.0", "id": 1, "result": {}}).endpoint == "response"


def test_other_json_rpc_is_not_claimed():
    assert read("POST", sent={"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber"}).provider == "unknown"
    assert read("POST", sent={"jsonrpc": "2.0", "id": 1, "method": "message/send"}).provider == "unknown"


def test_a_batch_is_told_by_its_first_request():
    assert read("POST", sent=[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]).endpoint == "ping"
