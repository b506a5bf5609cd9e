"""How many input tokens a call is billed for, and how well that is known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ..measurements import Basis
from ..records import Call
from ..text.requests import output_schema, request_tokens, tool_tokens
from .base import TokenCounter
from .changes import changed_tokens, same_tokenizer, uncountable


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
    the model's tokenizer family. The bill of a model of another family says nothing of this one's.
    """
    if call.usage is not None and not call.stale:
        return Total(call.usage.input)
    was = call.was
    if was is None or was.usage is None:
        own = own_count(call, counter)
        return Total(own, Basis.ESTIMATED, counter.expected_error(model_of(call)) * own)
    if not same_tokenizer(model_of(call), model_of(was)):
        return _counted(call, was, was.usage.input, counter)
    return _anchored(call, was, was.usage.input, counter)


def _counted(call: Call, was: Call, billed: int, counter: TokenCounter) -> Total:
    """Our own count, exact where the vocabulary is the model's and all that is billed is the text of messages.

    Else as much may be missing in it as our count of the recording left over: the form in which tools and schemas are
    read is known only in most cases, and media are not counted at all.
    """
    own, model = own_count(call, counter), model_of(call)
    certain = not (call.tools or output_schema(call.settings) or any(uncountable(call)))
    if certain and counter.exact(model):
        return Total(own, Basis.EXACT)
    residual = 0 if certain else abs(billed - own_count(was, counter))
    return Total(own, Basis.ESTIMATED, counter.expected_error(model) * own + residual)


def _anchored(call: Call, was: Call, billed: int, counter: TokenCounter) -> Total:
    """The recorded number and our count of the change.

    Where media, servers or kept context have changed, what our count of the recording left over may be wrong as well.
    """
    model, before = model_of(call), own_count(was, counter)
    change = own_count(call, counter) - before
    tokens = max(0, billed + change)
    all_text = uncountable(call) == uncountable(was)
    if all_text and counter.exact(model) and counter.exact(model_of(was)):
        return Total(tokens, Basis.EXACT)
    moved = max(abs(change), counter.slope(model) * changed_tokens(call, was, counter, model))
    residual = 0 if all_text else abs(billed - before)
    return Total(tokens, Basis.ANCHORED, counter.expected_error(model) * moved + residual)


def own_count(call: Call, counter: TokenCounter) -> int:
    """Our count of a request in tokens of the model's family, with the provider's template where it has one."""
    model = model_of(call)
    if call.kind == "generation":
        return request_tokens(_named(call), counter)
    texts = (part.text for message in call.messages for part in message.parts)
    return round(counter.slope(model) * sum(len(counter.encode(text, model)) for text in texts))


def tool_template(call: Call, counter: TokenCounter, schemas: int) -> int:
    """What the provider's template adds to a request because it has tools or a schema of the answer, beside their text.

    `schemas` are the tokens of that text, ours, without slope. The rest goes when the tools go: OpenAI's namespace
    around the schemas, Anthropic's prompt for the use of tools. Below 0 where the provider bills less than the schemas:
    Gemini 2.0 does not bill their punctuation.
    """
    return tool_tokens(_named(call), counter) - round(schemas * counter.slope(model_of(call)))


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
    if call.model == model and call.answered_by in (model, None) and not call.stale:
        return call
    return dataclasses.replace(call, model=model, answered_by=model, stale=())
