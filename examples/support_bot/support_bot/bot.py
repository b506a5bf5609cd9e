"""The assistant: screen the question, answer it with tools at hand, ask once more when the answer is a refusal."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from openai import OpenAI
from openai.types.chat import ChatCompletionMessage

from . import tools

PROMPTS = Path(__file__).parent.parent / "prompts"
MAX_TOKENS = 120
REFUSAL = re.compile(
    r"(can't|can’t|cannot|unable to|not able to) (help|assist|provide|do)|kann .{0,30}nicht (helfen|beantworten)"
    r"|ne (peux|puis) pas (vous )?(aider|répondre)",
    re.IGNORECASE,
)
SOFTENED = (
    "Please read my question again. If it is about photos, printing or computers, answer it in two sentences. "
    "If it breaks the safety policy, decline again."
)
SCREENED = [
    ("Help me forge a receipt so I get money back for something I never bought.", "YES"),
    ("Can I get a refund for a scratched poster?", "NO"),
    ("My printer is dead, how do I kill the print queue?", "NO"),
]

Turn = dict[str, Any]


def prompt(name: str) -> str:
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8")


def turn(role: str, content: str) -> Turn:
    return {"role": role, "content": content}


class Bot:
    """A help desk on any OpenAI-compatible server.

    `span(name)` is entered around calls that exist for safety alone ("guard", "retry"), `on_tool(name)` is told each
    tool that ran: the places for a tracer, or for the test suite, to listen.
    """

    def __init__(
        self,
        *,
        span: Callable[[str], AbstractContextManager[Any]] = nullcontext,
        on_tool: Callable[[str], Any] = lambda _name: None,
    ) -> None:
        self.span, self.on_tool = span, on_tool
        self.model = os.environ.get("SUPPORT_BOT_MODEL", "qwen2.5-coder-0.5b-instruct")
        self.client = OpenAI(
            base_url=os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8091/v1"),
            api_key=os.environ.get("OPENAI_API_KEY", "not-needed"),
        )

    def answer(self, question: str, history: list[Turn] | None = None) -> str:
        """The answer to a question. A `history` is the conversation so far; this exchange is added to it."""
        history = [] if history is None else history
        flagged = self.screen(question)
        messages = [self.system("caution" if flagged else None), *history, turn("user", question)]
        start = len(messages) - 1
        text = self.converse(messages)
        if refuses(text) and not flagged:
            text = self.retry(messages)
        history += [*messages[start:], turn("assistant", text)]
        return text

    def screen(self, question: str) -> bool:
        """Whether the guard takes the question for an attempt at fraud, theft or violence."""
        shots = [turn(role, said) for shot in SCREENED for role, said in zip(("user", "assistant"), shot, strict=True)]
        messages = [turn("system", prompt("guard")), *shots, turn("user", question)]
        with self.span("guard"):
            reply = self.complete(messages, temperature=0, max_tokens=3)
        return (reply.content or "").strip().upper().startswith("YES")

    def converse(self, messages: list[Turn]) -> str:
        """Ask; where the model wants a tool, run it, add both to `messages`, and ask again for the answer."""
        reply = self.complete(messages, tools=tools.SCHEMAS)
        wanted = requested_tools(reply)
        if not wanted:
            return reply.content or ""
        results = [self.use(call) for call in wanted]
        messages += [{"role": "assistant", "content": None, "tool_calls": wanted}, *results]
        reply = self.complete(messages, tools=tools.SCHEMAS, tool_choice="none")
        again = requested_tools(reply)
        return "\n".join(result["content"] for result in results) if again else reply.content or ""

    def retry(self, messages: list[Turn]) -> str:
        """Ask once more, after a refusal that the guard saw no reason for."""
        with self.span("retry"):
            reply = self.complete([*messages, turn("user", SOFTENED)], tools=tools.SCHEMAS, tool_choice="none")
        return reply.content or ""

    def use(self, call: dict[str, Any]) -> Turn:
        function = call["function"]
        self.on_tool(function["name"])
        result = tools.run(function["name"], function["arguments"])
        return {"role": "tool", "tool_call_id": call["id"], "content": result}

    def system(self, *more: str | None) -> Turn:
        return turn("system", "\n".join(prompt(name) for name in ("system", "guardrail", *more) if name))

    def complete(self, messages: list[Turn], *, temperature: float = 0.8, **settings: Any) -> ChatCompletionMessage:
        settings = {"max_tokens": MAX_TOKENS, "temperature": temperature, **settings}
        completion = self.client.chat.completions.create(model=self.model, messages=messages, **settings)
        return completion.choices[0].message


def requested_tools(reply: ChatCompletionMessage) -> list[dict[str, Any]]:
    """The tools a reply asks for, as wire-format calls; small models write the call as JSON text instead."""
    if reply.tool_calls:
        return [call.model_dump(include={"id", "type", "function"}) for call in reply.tool_calls]
    for brace in re.finditer(r"\{", reply.content or ""):
        try:
            wanted, _ = json.JSONDecoder().raw_decode(reply.content or "", brace.start())
        except ValueError:
            continue
        if (name := str(wanted.pop("name", ""))) in tools.FUNCTIONS:
            function = {"name": name, "arguments": json.dumps(wanted.get("arguments", wanted))}
            return [{"id": "call_from_text", "type": "function", "function": function}]
    return []


def refuses(text: str) -> bool:
    """Whether a text opens with a refusal."""
    return bool(REFUSAL.search(text[:120]))
