"""The one place where the app meets pytest-altax: its spans become layers, its tools are reported as called."""

import pytest
from support_bot import tools
from support_bot.bot import Bot


@pytest.fixture
def bot(altax, monkeypatch):
    monkeypatch.setattr(tools, "TICKETS", [])
    return Bot(span=altax.layer, on_tool=altax.tool_called)
