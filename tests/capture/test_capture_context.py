"""Which layer and session the calls of a thread belong to."""

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from capture_asking import ask

from pytest_altax.capture.context import current_session, current_tag, in_session, tagged


def current(_=None):
    return current_tag(), current_session()


def in_thread(call):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def test_the_calls_of_a_pool_belong_to_what_the_main_thread_entered(loopback, studio):
    with studio.open("once") as tape, tagged("guard"), in_session("one"), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: ask(loopback.url, f"question {number}?"), range(8)))
    assert {(one.tag, one.session) for one in tape.interactions} == {("guard", "one")}
    assert in_thread(current) == (None, "")


def test_the_innermost_that_was_not_left_counts():
    with tagged("outer"):
        with tagged("inner"):
            assert in_thread(current) == ("inner", "")
        assert in_thread(current) == ("outer", "")


def test_what_is_left_in_another_order_is_gone():
    first, second = tagged("first"), tagged("second")
    one, other = contextvars.copy_context(), contextvars.copy_context()
    one.run(first.__enter__)
    other.run(second.__enter__)
    one.run(first.__exit__, None, None, None)
    assert current_tag() is None
    assert in_thread(current_tag) == "second"
    other.run(second.__exit__, None, None, None)
    assert in_thread(current_tag) is None


def test_what_a_worker_entered_is_no_other_threads_business():
    entered, checked = threading.Event(), threading.Event()

    def work():
        with tagged("worker"), in_session("worker's"):
            entered.set()
            checked.wait(5)
            return current()

    with ThreadPoolExecutor(1) as pool, tagged("main"):
        running = pool.submit(work)
        assert entered.wait(5)
        assert current() == ("main", "")
        assert in_thread(current) == ("main", "")
        checked.set()
        assert running.result() == ("worker", "worker's")
