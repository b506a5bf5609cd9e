"""Log probabilities, as each API that gives them tells them: of the tokens, and of their alternatives."""

import json

import pytest
from exchanges import CHAT, chunk
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.providers import logprobs
from pytest_altax.providers.registry import ProviderRegistry
from pytest_altax.records import Choice, Interaction, Logprobs, Request, Response

SENT = {"model": "m", "messages": [{"role": "user", "content": "Red or blue?"}], "inputs": "Red?", "input": "Red?"}
RED, BLUE = {"token": "Red", "logprob": -0.25}, {"token": "Blue", "logprob": -1.5}
TOKEN = {**RED, "bytes": [82], "top_logprobs": [RED, BLUE]}
END = {"token": ".", "logprob": -0.5, "top_logprobs": [{"token": ".", "logprob": -0.5}, {"token": "!", "logprob": -2}]}
BOTH = Logprobs((-0.25, -0.5), ((-0.25, -1.5), (-0.5, -2.0)))
ALONE = Logprobs((-0.25, -0.5), ((), ()))
LISTS = {
    "tokens": ["Red", "."],
    "token_logprobs": [-0.25, -0.5],
    "top_logprobs": [{"Red": -0.25, "Blue": -1.5}, {".": -0.5, "!": -2}],
}
GEMINI = {
    "chosenCandidates": [
        {"token": "Red", "tokenId": 1, "logProbability": -0.25},
        {"token": ".", "tokenId": 2, "logProbability": -0.5},
    ],
    "topCandidates": [
        {"candidates": [{"token": "Red", "logProbability": -0.25}, {"token": "Blue", "logProbability": -1.5}]},
        {"candidates": [{"token": ".", "logProbability": -0.5}, {"token": "!", "logProbability": -2}]},
    ],
}
GENERATE = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
STREAM = GENERATE.replace("generateContent", "streamGenerateContent?alt=sse")
VERTEX = "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google/models"
OLLAMA, TGI = "http://localhost:11434/api/chat", "http://tgi.test:8080/generate"
COHERE, WATSONX = "https://api.cohere.com/v2/chat", "https://us-south.ml.cloud.ibm.com/ml/v1/text/generation"
TOP = [[{"id": 1, "text": "Red", "logprob": -0.25}, {"id": 2, "text": "Blue", "logprob": -1.5}],
       [{"id": 3, "text": ".", "logprob": -0.5}, {"id": 4, "text": "!", "logprob": -2}]]  # fmt: skip
TOKENS = [top[0] | {"special": False} for top in TOP]


def answered(url: str, body: bytes, kind: str, sent: dict) -> Choice:
    response = Response(200, (("content-type", kind),), body)
    call = ProviderRegistry().read(Interaction(Request("POST", url, (), json.dumps(sent).encode()), response))
    assert call.error is None
    (choice,) = call.choices
    return choice


def plain(url: str, body: object, sent: dict = SENT) -> Choice:
    return answered(url, json.dumps(body).encode(), "application/json", sent)


def streamed(url: str, *events: object, sent: dict = SENT) -> Choice:
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return answered(url, body.encode(), "text/event-stream", {**sent, "stream": True})


def lines(url: str, *events: object) -> Choice:
    return answered(url, b"".join(json.dumps(event).encode() + b"\n" for event in events), "application/x-ndjson", SENT)


def chat(told: object) -> dict:
    return {"choices": [{"index": 0, "message": {"content": "Red."}, "logprobs": told, "finish_reason": "stop"}]}


def piece(text: str, told: object, reason: str | None = None) -> dict:
    return {"choices": [{"index": 0, "delta": {"content": text}, "logprobs": told, "finish_reason": reason}]}


def candidate(told: object, reason: str | None = "STOP") -> dict:
    content = {"parts": [{"text": "Red."}], "role": "model"}
    return {"candidates": [{"content": content, "finishReason": reason, "logprobsResult": told, "avgLogprobs": -0.3}]}


def output(told: object) -> dict:
    part = {"type": "output_text", "text": "Red.", "logprobs": told}
    return {"status": "completed", "output": [{"type": "message", "role": "assistant", "content": [part]}]}


def half(number: int) -> dict:
    return {key: value[number : number + 1] for key, value in GEMINI.items()}


COMPLETION = {"choices": [{"index": 0, "text": "Red.", "logprobs": LISTS, "finish_reason": "stop"}]}
COMPLETIONS = CHAT.replace("/chat", "")
RESPONSES = "https://api.openai.com/v1/responses"
SAID = {"message": {"content": "Red."}}
GENERATED = {"generated_text": "Red.", "details": {"finish_reason": "length", "tokens": TOKENS, "top_tokens": TOP}}
NATIVE = [{**token, "top_tokens": top} for token, top in zip(TOKENS, TOP, strict=True)]
RESULT = {"generated_text": "Red.", "stop_reason": "eos_token"}
CASES = {
    "chat": lambda: plain(CHAT, chat({"content": [TOKEN, END], "refusal": None})),
    "chat, refused": lambda: plain(CHAT, chat({"content": None, "refusal": [TOKEN, END]})),
    "chat of another host": lambda: plain("http://localhost:8000/v1/chat/completions", chat({"content": [TOKEN, END]})),
    "chat, streamed": lambda: streamed(
        CHAT, piece("Red", {"content": [TOKEN]}), piece(".", {"content": [END]}), piece("", None, "stop")
    ),
    "Together's chat": lambda: plain("https://api.together.xyz/v1/chat/completions", chat(LISTS)),
    "completions": lambda: plain(COMPLETIONS, COMPLETION),
    "completions, streamed": lambda: streamed(COMPLETIONS, COMPLETION),
    "llama.cpp's completions": lambda: plain(
        "http://localhost:8080/v1/completions",
        {"choices": [{"text": "Red.", "logprobs": {"content": [TOKEN, END]}, "finish_reason": "stop"}]},
    ),
    "responses": lambda: plain(RESPONSES, output([TOKEN, END])),
    "responses, streamed": lambda: streamed(
        RESPONSES,
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Red.", "logprobs": [TOKEN]},
        {"type": "response.completed", "response": output([TOKEN, END])},
    ),
    "responses, of items": lambda: streamed(
        RESPONSES,
        {"type": "response.output_item.done", "output_index": 0, "item": output([TOKEN, END])["output"][0]},
        {"type": "response.completed", "response": {"status": "completed", "output": []}},
    ),
    "Gemini": lambda: plain(GENERATE, candidate(GEMINI)),
    "Gemini, streamed": lambda: streamed(STREAM, candidate(half(0), None), candidate(half(1))),
    "Vertex": lambda: plain(f"{VERTEX}/gemini-2.5-flash:generateContent", candidate(GEMINI)),
    "Ollama": lambda: plain(OLLAMA, {**SAID, "done": True, "logprobs": [TOKEN, END]}),
    "Ollama, streamed": lambda: lines(
        OLLAMA, {**SAID, "done": False, "logprobs": [TOKEN]}, {**SAID, "done": True, "logprobs": [END]}
    ),
    "Ollama's generate": lambda: plain(
        OLLAMA.replace("chat", "generate"), {"response": "Red.", "done": True, "logprobs": [TOKEN, END]}
    ),
    "text generation inference": lambda: plain(TGI, GENERATED),
    "text generation inference, streamed": lambda: streamed(
        f"{TGI}_stream",
        {"token": TOKENS[0], "top_tokens": TOP[0], "generated_text": None, "details": None},
        {"token": TOKENS[1], "top_tokens": TOP[1], "generated_text": "Red.", "details": {"finish_reason": "length"}},
    ),
    "watsonx": lambda: plain(WATSONX, {"results": [{**RESULT, "generated_tokens": NATIVE}]}),
    "watsonx, streamed": lambda: streamed(
        f"{WATSONX}_stream",
        {"results": [{**RESULT, "stop_reason": "not_finished", "generated_tokens": NATIVE[:1]}]},
        {"results": [{**RESULT, "generated_tokens": NATIVE[1:]}]},
    ),
}
OF_TOKENS_ALONE = {
    "chat": lambda: plain(CHAT, chat({"content": [{**TOKEN, "top_logprobs": []}, {**END, "top_logprobs": []}]})),
    "completions": lambda: plain(COMPLETIONS, chat({"token_logprobs": [-0.25, -0.5], "top_logprobs": None})),
    "Together's stream": lambda: streamed(CHAT, piece("Red", -0.25), piece(".", -0.5), piece("", None, "stop")),
    "Gemini": lambda: plain(GENERATE, candidate({"chosenCandidates": GEMINI["chosenCandidates"]})),
    "Cohere": lambda: plain(
        COHERE, {"message": {"content": []}, "logprobs": [{"text": "Red.", "logprobs": [-0.25, -0.5]}]}
    ),
    "Cohere, streamed": lambda: streamed(
        COHERE,
        {"type": "content-delta", "delta": {"message": {}}, "logprobs": {"text": "Red", "logprobs": [-0.25]}},
        {"type": "content-delta", "delta": {"message": {}}, "logprobs": {"text": ".", "logprobs": [-0.5]}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ),
    "Cohere's generate": lambda: plain(
        COHERE.replace("v2/chat", "v1/generate"),
        {"generations": [{"text": "Red.", "token_likelihoods": [{"likelihood": -0.25}, {"likelihood": -0.5}]}]},
    ),
    "text generation inference": lambda: plain(TGI, [{**GENERATED, "details": {"tokens": TOKENS}}]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_alternatives_are_read_token_by_token(case):
    assert CASES[case]().logprobs == BOTH


@pytest.mark.parametrize("case", OF_TOKENS_ALONE)
def test_tokens_without_alternatives_have_their_own(case):
    assert OF_TOKENS_ALONE[case]().logprobs == ALONE


@pytest.mark.parametrize("told", [None, {}, {"content": []}, {"content": None, "refusal": None}, [], 7, "no"])
def test_where_none_are_told_there_are_none(told):
    assert plain(CHAT, chat(told)).logprobs is None
    assert plain(GENERATE, candidate(told)).logprobs is None
    assert plain(RESPONSES, output(told)).logprobs is None


def test_the_choices_of_one_answer_have_their_own():
    body = {"choices": [{**chat({"content": [one]})["choices"][0], "index": n} for n, one in enumerate((TOKEN, END))]}
    response = Response(200, (), json.dumps(body).encode())
    call = ProviderRegistry().read(Interaction(Request("POST", CHAT, (), json.dumps(SENT).encode()), response))
    assert [choice.logprobs.chosen for choice in call.choices] == [(-0.25,), (-0.5,)]


def test_the_choices_of_one_stream_have_their_own():
    def part(index, token):
        return {"choices": [{"index": index, "delta": {}, "logprobs": {"content": [token]}, "finish_reason": "stop"}]}

    body = "".join(f"data: {json.dumps(part(n % 2, (TOKEN, END)[n % 2]))}\n\n" for n in range(4))
    response = Response(200, (("content-type", "text/event-stream"),), body.encode())
    call = ProviderRegistry().read(Interaction(Request("POST", CHAT, (), json.dumps(SENT).encode()), response))
    assert [choice.logprobs.chosen for choice in call.choices] == [(-0.25, -0.25), (-0.5, -0.5)]


@pytest.mark.parametrize(
    ("told", "read"),
    [(-9999.0, -9999.0), (3e-7, 0.0), (-(10**400), -1e6), (10**400, 0.0), (True, None), ("-1", None), (None, None)],
)
def test_numbers_are_read_for_what_they_can_be(told, read):
    found = logprobs.of_tokens([{"logprob": told, "top_logprobs": [{"logprob": told}]}])
    assert found == Logprobs((read,), (() if read is None else (read,),))


def test_minus_infinity_which_json_does_not_know_is_left_out():
    body = json.dumps(chat({"content": [{**TOKEN, "top_logprobs": [RED, {"logprob": float("-inf")}]}]})).encode()
    assert answered(CHAT, body, "application/json", SENT).logprobs == Logprobs((-0.25,), ((-0.25,),))


def test_lists_of_unequal_length_are_filled_up():
    assert logprobs.of_lists([-1.0], [{"a": -1}, {"b": -2}]) == Logprobs((-1.0, None), ((-1.0,), (-2.0,)))
    assert logprobs.of_lists([None, -1.0], None) == Logprobs((None, -1.0), ((), ()))


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: (
    st.lists(inner) | st.dictionaries(st.sampled_from(["logprob", "top_logprobs", "a"]), inner)
), max_leaves=20)  # fmt: skip


@given(JSON, JSON)
def test_whatever_is_sent_is_read_as_numbers_of_0_and_below(one, other):
    for found in (logprobs.of_tokens(one), logprobs.of_lists(one, other)):
        if found is not None:
            assert len(found.chosen) == len(found.top) > 0
            numbers = [value for value in found.chosen if value is not None] + [v for top in found.top for v in top]
            assert all(-1e6 <= value <= 0 for value in numbers)
            assert Logprobs.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_piece_of_a_bedrock_stream_keeps_them():
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke-with-response-stream"
    body = b"".join(map(chunk, (piece("Red", {"content": [TOKEN]}), piece(".", {"content": [END]}, "stop"))))
    assert answered(url, body, "application/vnd.amazon.eventstream", SENT).logprobs == BOTH
