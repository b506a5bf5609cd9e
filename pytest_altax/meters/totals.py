"""How many input tokens a call is billed for, and how well that is known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ..measurements import Basis
from ..records import Call
from ..text.requests import request_tokens
from .base import TokenCounter


@dataclass(frozen=True, slots=True)
class Total:
    """Input tokens, how they are known, and their expected absolute error."""

    tokens: int
    basis: Basis = Basis.REPORTED
    error: float = 0.0


def model_of(call: Call) -> str | None:
    """The model whose tokens are counted: the one that answered, since a request may name a deployment or a router.

    Where the answer belongs to a request for another model, the one that is asked for now.
    """
    if call.stale and (call.was is None or call.was.model != call.model):
        return call.model
    return call.answered_by or call.model


def input_total(call: Call, counter: TokenCounter) -> Total:
    """The input tokens of a call: as reported; anchored on the recording when the request has changed; else our count.

    live = recorded usage + our count of the live request - our count of the recorded one, both scaled by the slope of
    the model's tokenizer family.
    """
    if call.usage is not None and not call.stale:
        return Total(call.usage.input)
    model, own = model_of(call), own_count(call, counter)
    error = counter.expected_error(model)
    if call.was is None or call.was.usage is None:
        return Total(own, Basis.ESTIMATED, error * own)
    change = own - own_count(call.was, counter)
    tokens = max(0, call.was.usage.input + change)
    if counter.exact(model) and counter.exact(model_of(call.was)):
        return Total(tokens, Basis.EXACT)
    return Total(tokens, Basis.ANCHORED, error * abs(change))


def own_count(call: Call, counter: TokenCounter) -> int:
    """Our count of a request in tokens of the model's family, with the provider's template where it has one."""
    model = model_of(call)
    if call.kind == "generation":
        return request_tokens(_named(call), counter)
    texts = (part.text for message in call.messages for part in message.parts)
    return round(counter.slope(model) * sum(len(counter.encode(text, model)) for text in texts))


def tool_template(call: Call, counter: TokenCounter) -> int:
    """What the provider's template adds to a request because it has tools, beside their schemas; 0 or more.

    OpenAI's namespace around the schemas, Anthropic's prompt for the use of tools. It goes when the tools go.
    """
    if not any(tool.text for tool in call.tools):
        return 0
    model = model_of(call)
    named = _named(call)
    bare = dataclasses.replace(named, tools=tuple(dataclasses.replace(tool, text="") for tool in call.tools))
    with_tools = request_tokens(named, counter) - request_tokens(bare, counter)
    schemas = sum(len(counter.encode(tool.text, model)) for tool in call.tools)
    return max(0, with_tools - round(schemas * counter.slope(model)))


def bills_nothing(call: Call) -> bool:
    """Whether no tokens were billed: an HTTP error, a call without an answer, one that only counts or lists."""
    if call.usage is not None:
        return False
    if call.kind in ("count", "other") or (call.status is not None and call.status >= 400):
        return True
    answered = any(choice.text or choice.tool_calls or choice.reasoning or choice.refusal for choice in call.choices)
    return not answered and bool(call.error or (call.kind == "generation" and not call.choices))


def _named(call: Call) -> Call:
    """The call with the one model whose tokens are counted."""
    model = model_of(call)
    return dataclasses.replace(call, model=model, answered_by=model, stale=())
