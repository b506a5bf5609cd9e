"""Many calls at once: every one is recorded, each replay goes to its own prompt, and none goes out."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from capture_asking import CHAT, ask, body
from capture_clients import EVERY

QUESTIONS = [f"question <{number}>?" for number in range(50)]
DISTINCT = [body(question) for question in QUESTIONS]
IDENTICAL = [body("the same?")] * 50


@EVERY
def test_fifty_distinct_prompts_at_once_replay_to_the_right_one(client, loopback, studio):
    with studio.open("once") as tape:
        recorded = client.many(loopback.url + CHAT, DISTINCT)
    assert len(tape.interactions) == loopback.count == 50
    with studio.open("none") as tape:
        assert client.many(loopback.url + CHAT, DISTINCT) == recorded
    assert all(question in answer for question, answer in zip(QUESTIONS, recorded, strict=True))
    assert loopback.count == 50
    assert not tape.errors
    assert not tape.unused


@EVERY
def test_fifty_samples_of_one_prompt_at_once_use_each_recording_once(client, loopback, studio):
    with studio.open("once") as tape:
        recorded = client.many(loopback.url + CHAT, IDENTICAL)
    assert len(set(recorded)) == len(tape.interactions) == 50
    loopback.stop()
    with studio.open("none") as tape:
        assert Counter(client.many(loopback.url + CHAT, IDENTICAL)) == Counter(recorded)
    assert not tape.errors
    assert not tape.unused


@EVERY
def test_threads_with_sessions_of_their_own_replay_to_the_right_prompt(client, loopback, studio):
    def answers():
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda fields: client.post(loopback.url + CHAT, fields), DISTINCT[:32]))

    with studio.open("once"):
        recorded = answers()
    loopback.stop()
    with studio.open("none") as tape:
        assert answers() == recorded
    assert not tape.errors


def test_calls_in_threads_that_a_task_started_are_recorded_and_replayed(loopback, studio):
    async def gathered():
        return await asyncio.gather(*(asyncio.to_thread(ask, loopback.url, question) for question in QUESTIONS[:8]))

    with studio.open("once"):
        recorded = asyncio.run(gathered())
    loopback.stop()
    with studio.open("none"):
        assert asyncio.run(gathered()) == recorded
