"""What reading and metering a call costs, against the call itself: `python benchmarks/ledger.py [--calls N]`.

One process makes N calls through the OpenAI SDK over a transport that answers from memory (8 KB sent, 4 KB answered,
every text new) and meters each as a test of its own: the provider module reads it, then it is billed by line. CPU times
of a call and of its metering, which come in turn; printed are the medians and their ratio. The first counting of a
text is taken out of the metering and held against bare tiktoken, on the same text in the same run. Then: how often a
text is counted in a chat that is sent again with each turn; what it costs to find the duplicates of a long request;
what a token costs in longer and longer requests; and what texts of one letter cost against prose of their length.
Vocabularies are loaded before the clock starts. Needs openai 3 or newer, which stands on httpx2.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx2
import openai
import tiktoken

from pytest_altax.meters.base import Context, Layer
from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.detecting import DETECTORS
from pytest_altax.meters.duplicates import duplicates
from pytest_altax.meters.ledger import Ledger
from pytest_altax.meters.pieces import Texts
from pytest_altax.meters.reading import Reading
from pytest_altax.meters.registry import MeterRegistry
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Call, Choice, Interaction, Message, Part, PartKind, Request, Response, Usage
from pytest_altax.text.tokens import Tokens

PHRASES = (
    "the order you placed on Monday has left our warehouse and should arrive within three working days please keep "
    "receipt because a refund can only be granted when original packaging returned undamaged customers who paid by "
    "card receive their money back after bank confirms transfer if parcel does not show up contact support with "
    "tracking number we will open an investigation together delivery company most questions about warranty battery "
    "charger invoice address subscription account password are answered quickly never share personal details"
)
WORDS = PHRASES.split()
GUARDRAIL_BYTES, SYSTEM_BYTES, QUESTION_BYTES, ANSWER_BYTES = 1200, 800, 5000, 3500
MODEL = "gpt-4o-mini"


def prose(size: int, seed: object) -> str:
    """Made-up sentences of English words, `size` bytes, the same for the same seed."""
    dice = random.Random(str(seed))
    sentences = []
    while sum(map(len, sentences)) < size:
        sentences.append(" ".join(dice.choices(WORDS, k=dice.randint(6, 18))).capitalize() + ". ")
    return "".join(sentences)[:size]


GUARDRAIL = prose(GUARDRAIL_BYTES, "guardrail")
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": prose(200, name),
            "parameters": {"type": "object", "properties": {"number": {"type": "string", "description": "Which one."}}},
        },
    }
    for name in ("find_order", "refund_order")
]


def answer(number: int) -> bytes:
    """The body of the answer to call `number`."""
    message = {"role": "assistant", "content": prose(ANSWER_BYTES, f"answer {number}")}
    usage = {"prompt_tokens": 2400, "completion_tokens": 1100, "total_tokens": 3500}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    body = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1, "model": MODEL}
    return json.dumps(body | {"choices": [choice], "usage": usage}).encode()


SIZES = (1_000, 10_000, 100_000, 1_000_000)
LONG = 109_000
LETTERS = ("a", " ", "!", "1", "\u65e5", "\u00e9")


def timed(action: Callable[[], object]) -> float:
    """CPU milliseconds of an action."""
    start = time.process_time_ns()
    action()
    return (time.process_time_ns() - start) / 1e6


class Counted(Tokens):
    """The project's counter, which notes each text that it cuts and how long that took."""

    def __init__(self) -> None:
        super().__init__()
        self.cut: list[str] = []
        self.milliseconds = 0.0

    def _encode(self, text: str, name: str) -> array[int]:
        start = time.process_time_ns()
        found = super()._encode(text, name)
        self.milliseconds += (time.process_time_ns() - start) / 1e6
        self.cut.append(text)
        return found


class Conversation:
    """An OpenAI client that is answered from memory; it keeps the last exchange as an interaction."""

    def __init__(self) -> None:
        self.body = b""
        self.last: Interaction | None = None
        transport = httpx2.MockTransport(self.reply)
        self.client = openai.OpenAI(api_key="none", http_client=httpx2.Client(transport=transport))

    def reply(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request with the body that is due."""
        headers = {"content-type": "application/json"}
        sent = Request(request.method, str(request.url), tuple(request.headers.items()), request.content)
        self.last = Interaction(sent, Response(200, tuple(headers.items()), self.body), replayed=True, ended=1)
        return httpx2.Response(200, headers=headers, content=self.body)

    def ask(self, question: str) -> Interaction:
        """Make one call."""
        system = prose(SYSTEM_BYTES, "system") + GUARDRAIL
        messages: list[Any] = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        self.client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
        assert self.last is not None
        return self.last


class Times(NamedTuple):
    """CPU milliseconds of one call: made, read, billed, measured by all meters; and of its texts' first counting."""

    made: float
    read: float
    billed: float
    measured: float
    counted: float
    bare: float


class Bench:
    """What all measurements share: the vocabularies, the meters, the settings of a run."""

    def __init__(self) -> None:
        self.counter = Counted()
        self.counter.encode("loaded", MODEL)
        self.bare = tiktoken.get_encoding("o200k_base")
        self.providers, self.ledger, self.meters = ProviderRegistry(), Ledger(), MeterRegistry()
        layer = Layer("guardrail", text=GUARDRAIL)
        self.context = Context(self.counter, DETECTORS["lexical"], CLUSTERERS["rouge1-greedy"], layers=(layer,))

    def bill(self, *calls: Call) -> Reading:
        """Bill the calls of a test by line."""
        reading = Reading(calls, self.context)
        list(self.ledger.measure(reading))
        return reading

    def call(self, conversation: Conversation, number: int) -> Times:
        """Make a call, meter it, and take the first counting of its texts apart."""
        conversation.body, question = answer(number), prose(QUESTION_BYTES, f"question {number}")
        kept: list[Any] = []
        bare = [self.cut_bare(question, number)] if number % 2 else []
        made = timed(lambda: kept.append(conversation.ask(question)))
        read = timed(lambda: kept.append(self.providers.read(kept[0])))
        self.counter.milliseconds = 0.0
        billed = timed(lambda: kept.append(self.bill(kept[1])))
        counted = self.counter.milliseconds
        measured = timed(lambda: self.meters.measure(kept[2]))
        # whoever comes second has the text in the caches of the processor
        bare = bare or [self.cut_bare(question, number)]
        return Times(made, read, billed - counted, measured, counted, bare[0])

    def cut_bare(self, question: str, number: int) -> float:
        """CPU milliseconds in which tiktoken cuts the new texts of a call."""
        texts = question, prose(ANSWER_BYTES, f"answer {number}")
        return sum(timed(lambda text=text: self.bare.encode_ordinary(text)) for text in texts)  # type: ignore[misc]


def calls(bench: Bench, count: int) -> Iterator[str]:
    """What metering a call costs, and counting its texts."""
    conversation = Conversation()
    taken = [bench.call(conversation, number) for number in range(count + 10)][10:]
    made, read, billed, measured, counted, bare = (statistics.median(column) for column in zip(*taken, strict=True))
    sent = len(conversation.last.request.body) if conversation.last else 0
    yield f"CPU of one call, {count} calls, {sent:,} bytes sent, Python {sys.version.split()[0]}"
    yield f"  OpenAI SDK {openai.__version__}, no network      {made:.2f} ms"
    yield f"  reading and billing it by line   {read + billed:.2f} ms: {(read + billed) / made:.2f} of that (aim: .33)"
    yield f"  reading it alone                 {read:.2f} ms: {read / made:.2f}"
    yield f"  all meters after the bill        {measured:.2f} ms: {measured / made:.2f}"
    yield f"  counting its new texts           {counted:.2f} ms: {bare / counted:.2f} of tiktoken's speed (aim: .90)"


def chat(bench: Bench, turns: int) -> Iterator[str]:
    """How often the texts of a chat are counted when the whole of it is sent with each turn."""
    messages: tuple[Message, ...] = ()
    steps = []
    for turn in range(turns):
        messages += (said("user", prose(200, f"asked {turn}")),)
        steps.append(generation(messages, prose(600, f"told {turn}")))
        messages += (said("assistant", steps[-1].choices[0].text),)
    before = len(bench.counter.cut)
    bench.bill(*steps)
    cut = bench.counter.cut[before:]
    yield f"texts counted in a chat of {turns} turns, each sending all before it: {len(cut)}, {len(set(cut))} different"


def repeated(bench: Bench) -> Iterator[str]:
    """What the duplicates of a long request cost once its texts are counted."""
    half = prose(LONG * 3, "half")
    while len(bench.counter.encode(half, MODEL)) > LONG // 2:
        half = half[: -len(half) // 100]
    texts = Texts(bench.counter)
    cut = [texts.get(half, MODEL), texts.get(half + " again", MODEL)]
    tokens = sum(map(len, cut))
    taken, found = [], 0
    for _ in range(7):
        fresh = Texts(bench.counter)
        pair = [fresh.get(one.text, MODEL) for one in cut]
        taken.append(timed(lambda pair=pair: duplicates(pair)))
        found = sum(end - start for spans in duplicates(pair) for start, end in spans)
    yield f"duplicates of a request of {tokens:,} tokens: {found:,}, in {statistics.median(taken):.0f} ms (aim: 100)"


def lengths(bench: Bench) -> Iterator[str]:
    """What a token costs in requests of growing length, its first counting aside."""
    yield "billing a request, its texts counted"
    for size in SIZES:
        call = generation((said("system", GUARDRAIL), said("user", prose(size * 5, size))), "Yes.")
        bench.bill(call)
        tokens = sum(len(bench.counter.encode(part.text, MODEL)) for one in call.messages for part in one.parts)
        taken = statistics.median(timed(lambda call=call: bench.bill(call)) for _ in range(5))
        yield f"  {tokens:>9,} tokens  {taken:>8.1f} ms  {taken * 1e6 / tokens:>6.0f} ns a token"


def letters(bench: Bench) -> Iterator[str]:
    """What 100,000 of one letter cost, counting included, against prose of that length."""
    usual = statistics.median(timed(lambda n=n: bench.bill(asked(prose(100_000, f"p{n}")))) for n in range(3))
    yield f"counting and billing 100,000 letters of prose  {usual:.0f} ms"
    for letter in LETTERS:
        taken = timed(lambda letter=letter: bench.bill(asked(letter * 100_000)))
        yield f"  of {letter!r}  {taken:.0f} ms: {taken / usual:.2f} of that"


def said(role: str, text: str) -> Message:
    """A message of one text."""
    return Message(role, (Part(PartKind.TEXT, text),))


def asked(text: str) -> Call:
    """A call that asks one thing."""
    return generation((said("user", text),), "Yes.")


def generation(messages: tuple[Message, ...], told: str) -> Call:
    """A call that sends these messages and is answered that."""
    return Call(
        "openai", "chat", model=MODEL, messages=messages, choices=(Choice(text=told),), usage=Usage(1_000_000, 1_000)
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=300, help="counted calls (default 300)")
    parser.add_argument(
        "--quick", action="store_true", help="leave out what takes long: no request beyond 10,000 tokens"
    )
    given = parser.parse_args()
    bench = Bench()
    parts = [calls(bench, given.calls), chat(bench, 10 if given.quick else 50)]
    if not given.quick:
        parts += [repeated(bench), lengths(bench), letters(bench)]
    for part in parts:
        for line in part:
            print(line, flush=True)


if __name__ == "__main__":
    main()
