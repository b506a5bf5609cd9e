"""What metering costs each call: `python benchmarks/metering.py [--calls N]`.

One process makes N calls through the OpenAI SDK over a transport that answers from memory (a request of 8 KB, an answer
of 4 KB, every text new), and measures each as a test of its own: the provider module reads it, then all meters
measure it. Printed are the median CPU times of a call, of its metering, and their ratio. Vocabularies are loaded
before the clock starts. Needs openai 3 or newer, which stands on httpx2.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai

from pytest_altax.meters.base import Context, Layer
from pytest_altax.meters.clusterers import CLUSTERERS
from pytest_altax.meters.detectors import DETECTORS
from pytest_altax.meters.reading import Reading
from pytest_altax.meters.registry import MeterRegistry
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Interaction, Request, Response
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


def timed(action: Callable[[], object]) -> float:
    """CPU milliseconds of an action."""
    start = time.process_time_ns()
    action()
    return (time.process_time_ns() - start) / 1e6


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

    def ask(self, question: str) -> None:
        """Make one call."""
        system = prose(SYSTEM_BYTES, "system") + GUARDRAIL
        messages: list[Any] = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        self.client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)


def calls(count: int) -> Iterator[tuple[float, float, Interaction]]:
    """CPU milliseconds of each call and of its metering, with what was exchanged; the first ten are not counted."""
    conversation, providers, meters = Conversation(), ProviderRegistry(), MeterRegistry()
    layer = Layer("guardrail", text=GUARDRAIL)
    context = Context(Tokens(), DETECTORS["lexical"], CLUSTERERS["rouge1-greedy"], layers=(layer,))

    def meter(interaction: Interaction) -> None:
        meters.measure(Reading((providers.read(interaction),), context))

    for number in range(count + 10):
        conversation.body, question = answer(number), prose(QUESTION_BYTES, f"question {number}")
        made = timed(lambda question=question: conversation.ask(question))  # type: ignore[misc]
        exchanged = conversation.last
        assert exchanged is not None
        metered = timed(lambda exchanged=exchanged: meter(exchanged))  # type: ignore[misc]
        if number >= 10:
            yield made, metered, exchanged


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=300, help="counted calls (default 300)")
    made, metered, exchanged = zip(*calls(parser.parse_args().calls), strict=True)
    sent = statistics.median(len(interaction.request.body) for interaction in exchanged)
    print(f"CPU of one call, {len(made)} calls, {sent:.0f} bytes sent, Python {sys.version.split()[0]}")
    print(f"  OpenAI SDK {openai.__version__}, no network  {statistics.median(made):.2f} ms")
    print(f"  reading and metering it      {statistics.median(metered):.2f} ms")
    print(f"  ratio                        {statistics.median(metered) / statistics.median(made):.2f}")


if __name__ == "__main__":
    main()
