"""What was sent and answered: an HTTP exchange (`Interaction`), and what a provider module reads in it (`Call`).

All are frozen and hold no live object. Token counts of `Usage` are inclusive: cached within input, reasoning within
output, whatever the provider's own rule.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .plain import Record

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: method, full URL, headers in order, and the body as sent (content-encoding removed)."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, case ignored."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response. `body` is decoded (content-encoding removed); `chunks` are the sizes in which it arrived.

    `gaps` are the seconds waited before each chunk. Both are empty for a response that came in one piece.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""
    chunks: tuple[int, ...] = ()
    gaps: tuple[float, ...] = ()
    complete: bool = True

    def header(self, name: str) -> str | None:
        """The first value of a header, case ignored."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One HTTP exchange of a test.

    `request` is what the app built now; `recorded` is the request the answer was recorded for, when that is another
    one (the answer is then stale). `failure` names the transport error when there is no response. `started` and
    `ended` count the events of the test (a request sent, a response finished), so that order survives replay.
    """

    request: Request
    response: Response | None = None
    failure: str | None = None
    recorded: Request | None = None
    tag: str | None = None
    session: str = ""
    started: int = 0
    ended: int = 0
    replayed: bool = False
    recording: int | None = None


class PartKind(StrEnum):
    """What a part of a message is."""

    TEXT = "text"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    REASONING = "reasoning"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Part(Record):
    """A piece of a message. `text` is what the model reads of it: for a tool call its arguments, for media nothing.

    `name` is the tool's name, or the kind of media (image, audio, file); `id` ties a tool result to its call;
    `path` is its place in the request body, such as `messages[2].content[0].text`. `cache` marks a cache breakpoint.
    """

    kind: PartKind
    text: str = ""
    name: str | None = None
    id: str | None = None
    path: str = ""
    cache: bool = False


@dataclass(frozen=True, slots=True)
class Message(Record):
    """One message: `role` is system, user, assistant or tool (developer is read as system)."""

    role: str
    parts: tuple[Part, ...] = ()
    name: str | None = None

    @property
    def text(self) -> str:
        """The text of its parts, joined by newlines."""
        return "\n".join(part.text for part in self.parts if part.text)


@dataclass(frozen=True, slots=True)
class Tool(Record):
    """A tool schema of a request. `text` is what is counted: the schema as the provider bills it.

    `schema` is the compact JSON as it stood in the request; `server` the MCP server where the name says so.
    """

    name: str
    text: str
    schema: str = ""
    server: str | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall(Record):
    """A tool the model asked for; `arguments` is JSON text as it came."""

    name: str
    arguments: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Logprobs(Record):
    """Log probabilities of an answer's tokens, in nats.

    `chosen` has that of each token, None where it was not told; `top` those of the likeliest ones in its place, itself
    among them as a rule, empty where the API was not asked for them.
    """

    chosen: tuple[float | None, ...]
    top: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Choice(Record):
    """One answer of a response.

    `refusal` is the text of an API refusal field; `signal` names any API refusal signal (`refusal`, `content_filter`,
    `stop_reason: refusal`, `SAFETY` ...), None when the API gave none. `logprobs` are those of its tokens, where given.
    `media` names what it holds that is no text: `audio`, `image`, `approval` (a question before a tool is called).
    """

    index: int = 0
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    refusal: str | None = None
    signal: str | None = None
    stop_reason: str | None = None
    logprobs: Logprobs | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage(Record):
    """Tokens that the provider billed, inclusive. `total` is the provider's own total where it gave one.

    `cache_write_1h` are those of `cache_write` that are kept for an hour. Tokens of audio stand within their wholes:
    `audio_input` within input, `audio_cached` within cached and `audio_input`, `audio_output` within output. `notes`
    names what had to be mended (a cached count above its input, say).
    """

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    total: int | None = None
    notes: tuple[str, ...] = ()
    cache_write_1h: int = 0
    audio_input: int = 0
    audio_cached: int = 0
    audio_output: int = 0


@dataclass(frozen=True, slots=True)
class Call(Record):
    """One interaction as a provider module understands it.

    `kind` is `generation` for calls that answer a prompt, else `moderation`, `embedding`, `count`, `other`.
    `settings` holds what changes sampling (temperature, top_p, max tokens, n, response format ...) and `seed` alone.
    `fixed` are tokens the provider adds by rule (per message, per call), `error` the API's error text.
    `stale` lists what changed since the answer was recorded; it is empty for a call that replays its own recording.
    `provider` names the wire format, `vendor` who serves it where the host tells: their prices differ.
    `tier` is the one that the answer says it was processed in, in lower case (`flex`, `priority`, `batch`, `default`).
    `was` is the call as it was recorded, when stale. `tag` names the layer of a whole call, `session` the session.
    """

    provider: str
    endpoint: str
    kind: str = "generation"
    model: str | None = None
    answered_by: str | None = None
    messages: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seed: int | None = None
    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    streaming: bool = False
    status: int | None = None
    error: str | None = None
    previous_response_id: str | None = None
    mcp_servers: tuple[str, ...] = ()
    tag: str | None = None
    session: str = ""
    started: int = 0
    ended: int = 0
    recording: int | None = None
    vendor: str | None = None
    tier: str | None = None
    stale: tuple[str, ...] = ()
    was: Call | None = None
