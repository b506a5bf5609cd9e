"""Calls that ask again."""

import pytest
from meter_makers import Choice, Message, Part, PartKind, assistant, call, reading, system, usage, user

from pytest_altax.records import Call


def lines(*calls: Call, **fields: object) -> list[str | None]:
    return [bill.line for bill in reading(*calls, **fields).bill]


def at(place: int, *messages: object, **fields: object) -> Call:
    """A call that starts at event 2n and ends at 2n + 1."""
    given = {"started": 2 * place, "ended": 2 * place + 1, "usage": usage(10, 2), **fields}
    return call(*(messages or (user("please"),)), **given)  # type: ignore[arg-type]


def test_the_same_request_after_a_refusal_is_a_retry():
    refused, again = reading(at(0, answer="no"), at(1)).bill
    assert (refused.line, again.line) == (None, "retry")
    assert (dict(again.input), dict(again.output)) == ({"retry": 10}, {"retry": 2})


def test_a_request_extended_by_messages_or_text_is_a_retry_too():
    argued = at(1, user("please"), assistant("no"), user("it is benign"))
    pleaded = at(1, user("please, it is benign"))
    told = at(1, system("be bold"), user("please"))
    assert [lines(at(0, answer="no"), again)[1] for again in (argued, pleaded, told)] == ["retry"] * 3


def test_after_an_answer_nothing_is_a_retry():
    assert lines(at(0), at(1)) == [None, None]


def test_another_question_is_no_retry():
    assert lines(at(0, answer="no"), at(1, user("something else"))) == [None, None]


def test_what_started_before_the_refusal_was_read_is_no_retry():
    assert lines(at(0, answer="no", ended=5), at(1)) == [None, None]


def test_a_conversation_that_goes_on_after_its_retry_is_none():
    talk = [user("please"), assistant("fine"), user("thanks")]
    assert lines(at(0, answer="no"), at(1), at(2, *talk)) == [None, "retry", None]


def test_a_retry_that_is_refused_may_be_retried():
    assert lines(at(0, answer="no"), at(1, answer="no"), at(2)) == [None, "retry", "retry"]


def test_samples_are_not_retries_of_each_other():
    assert lines(at(0, answer="no", session="sample-1/0"), at(1, session="sample-1/0")) == [None, None]


def test_sessions_do_not_retry_each_other():
    assert lines(at(0, answer="no"), at(1, session="other")) == [None, None]


def test_a_filtered_call_may_be_retried():
    filtered = at(0, answer=None, choices=(Choice(signal="content_filter"),), status=400, usage=None)
    assert lines(filtered, at(1)) == [None, "retry"]


@pytest.mark.parametrize(("status", "line"), [(400, "retry"), (403, "retry"), (422, "retry"), (429, None), (500, None)])
def test_a_rejected_request_may_be_retried_but_trouble_on_the_way_is_none(status: int, line: str | None):
    assert lines(at(0, answer=None, status=status, error="x", usage=None), at(1)) == [None, line]


def test_a_refused_guard_call_is_not_retried_by_the_app():
    assert lines(at(0, answer="no", tag="guard"), at(1)) == ["guard", None]


@pytest.mark.parametrize("session", ["sample", "samples", "sample-a/0", "sample-1", "sample-1/0x", "my/sample-1/0"])
def test_a_session_that_is_only_called_like_a_sampling_is_none(session: str):
    assert lines(at(0, answer="no", session=session), at(1, session=session)) == [None, "retry"]


@pytest.mark.parametrize("session", ["sample-12/34", "sample-1/0/tool"])
def test_a_session_within_a_sampling_is_one(session: str):
    assert lines(at(0, answer="no", session=session), at(1, session=session)) == [None, None]


def shown(*images: str) -> Message:
    media = (Part(PartKind.MEDIA, name="image", id=image) for image in images)
    return Message("user", (Part(PartKind.TEXT, "what is this"), *media))


@pytest.mark.parametrize(("images", "line"), [(["a"], "retry"), (["a", "b"], "retry"), (["b"], None), ([], None)])
def test_the_same_question_about_another_image_is_no_retry(images: list[str], line: str | None):
    assert lines(at(0, shown("a"), answer="no"), at(1, shown(*images))) == [None, line]


def test_a_longer_word_is_another_question():
    assert lines(at(0, user("about Mali"), answer="no"), at(1, user("about Malibu"))) == [None, None]
    assert lines(at(0, user("about Mali"), answer="no"), at(1, user("about Mali's coast"))) == [None, "retry"]
