"""Where a request marks a breakpoint of the prompt cache, its last part there is marked."""

import json

import pytest

from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Request

MARK = {"cache_control": {"type": "ephemeral"}}
TEXTS = [{"type": "text", "text": "4"}, {"type": "text", "text": "degrees"}]


@pytest.mark.parametrize(("content", "marks"), [("4", [True]), (TEXTS, [False, True]), ([], [True]), (None, [True])])
def test_a_breakpoint_on_the_result_of_a_tool_is_kept(content, marks):
    block = {"type": "tool_result", "tool_use_id": "t", "content": content, **MARK}
    body = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": [block]}]}
    request = Request("POST", "https://api.anthropic.com/v1/messages", (), json.dumps(body).encode())
    (message,) = ProviderRegistry().read(Interaction(request)).messages
    assert [part.cache for part in message.parts] == marks
