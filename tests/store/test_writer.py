"""The connection that answers are written with, kept from one to the next: what it survives, and who may not use it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback

import pytest

from feedback_widgets.errors import StoreError
from feedback_widgets.store import answers

KEY = "d" * 32
KINDS = ["file", "postgres"]


def in_child(does):
    """Run `does` in a forked child, and return whether it came to its end."""
    child = os.fork()
    if child == 0:
        done = 1
        signal.alarm(20)  # a child that waits for ever is ended
        try:
            does()
            done = 0
        except BaseException:  # noqa: BLE001 - nothing may leave the child but its status
            traceback.print_exc(file=sys.stderr)
        finally:
            os._exit(done)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_uses_no_connection_of_its_parent(store, event):
    """A child that reads and writes has connections of its own, and what both write afterwards is kept."""
    first, childs, last = event(), event(user="bob"), event(user="carol")
    store.append(KEY, [first])

    def connections():
        with store._quickly() as reading:
            writing = store._in_turn(KEY, lambda session: session)
            return [each._cursor.connection for each in (reading, writing)]

    before = connections()

    def write():
        assert not [each for each in connections() if any(each is known for known in before)]
        store.append(KEY, [childs])

    assert in_child(write)
    store.append(KEY, [last])
    assert connections()[0] is before[0]
    assert [each.id for each in store.since(KEY)] == [first.id, childs.id, last.id]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_while_an_answer_is_written_does_not_wait_for_ever(store, event):
    """The turn that its parent holds just then is not the child's."""
    held, done = threading.Event(), threading.Event()

    def hold():
        with store._turn:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        assert in_child(lambda: store.append(KEY, [event()]))
    finally:
        done.set()
        thread.join()


def test_what_failed_in_the_middle_is_taken_back(store, event, monkeypatch):
    """Nothing of an answer whose writing broke off is kept, nobody waits for it, and the next one lands."""
    first, second = event(), event(user="bob")
    real = answers.insert

    def breaks(*given):
        real(*given)
        raise ValueError("broke off")

    monkeypatch.setattr(answers, "insert", breaks)
    with pytest.raises(ValueError, match="broke off"):
        store.append(KEY, [first])
    monkeypatch.setattr(answers, "insert", real)
    assert store.since(KEY) == []
    store.append(KEY, [second])
    assert [each.id for each in store.since(KEY)] == [second.id]


def test_a_statement_that_fails_is_taken_back(store, event):
    """An answer to a record that is not there is refused in words, with all that was written beside it."""
    good, bad = event(), event(record="nowhere")
    with pytest.raises(StoreError):
        store.append(KEY, [good, bad])
    assert store.since(KEY) == []
    assert [each.id for each in store.append(KEY, [good])] == [good.id]
