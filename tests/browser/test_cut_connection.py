"""The way to the kernel is cut, held up or shared: the annotator goes on, and every answer lands once."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import select
import signal
import socket
import sqlite3
import threading
import time
from urllib.parse import urlsplit

import pytest

from cells import SHOW, one_label
from desk_page import DeskPage, events_on_disk
from lab import until

CUT = 30  # seconds


class Proxy:
    """Stands between browser and server on a port of its own, and can be cut."""

    def __init__(self, server):
        self.server = server
        self.pairs = []  # (browser's socket, server's socket)
        self.swallows = False
        self.listener = self._listen(0)
        self.port = self.listener.getsockname()[1]

    def _listen(self, port):
        listener = socket.create_server(("127.0.0.1", port), reuse_port=True)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener):
        while True:
            try:
                browser, _ = listener.accept()
            except OSError:  # closed by `cut`
                return
            pair = (browser, socket.create_connection(self.server))
            self.pairs.append(pair)
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, *pair):
        try:
            while True:
                for ready in select.select(pair, [], [], 1)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if not self.swallows:
                        pair[1 - pair.index(ready)].sendall(data)
        except (OSError, ValueError):  # one side is gone, or `cut` has closed both
            return
        finally:
            for end in pair:
                end.close()

    def _drop(self):
        for pair in self.pairs:
            for end in pair:
                with contextlib.suppress(OSError):  # closed by its other side already
                    end.shutdown(socket.SHUT_RDWR)
        self.pairs.clear()

    def cut(self, *, silently):
        """Close everything, as a router that says so; or swallow everything and say nothing."""
        if silently:
            self.swallows = True
            return
        self._deaf()
        self._drop()

    def _deaf(self):
        """Close the listener at once: without a shutdown, the thread that waits in `accept` would let one more in."""
        with contextlib.suppress(OSError):  # closed already
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def heal(self):
        """Let new connections through; what was swallowed is lost, and its connections with it."""
        if self.swallows:
            self._drop()
            self.swallows = False
        else:
            self.listener = self._listen(self.port)

    def close(self):
        """Stop for good."""
        self._deaf()
        self._drop()


@pytest.fixture
def proxy(lab):
    """Return a proxy in front of the Jupyter server."""
    address = urlsplit(lab.url)
    made = Proxy((address.hostname, address.port))
    yield made
    made.close()


@pytest.fixture
def behind(lab, browser, proxy, request):
    """Return `behind(cells)`: a notebook whose page sees the server through the proxy alone."""
    through = copy.copy(lab)
    address = urlsplit(lab.url)
    through.url = address._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
    opened = []

    def make(cells):
        book = through.open(browser, f"behind_{abs(hash(request.node.name))}", cells)
        opened.append(book)
        book.run_all()
        return book

    yield make
    for book in opened:
        book.lab = lab
        book.close()


def verdicts(book):
    """Return the answers on disk, in the order of their records: after an interruption they may arrive in another."""
    query = "select answers from response join record on record.id = record_id order by record.seq"
    with sqlite3.connect(f"file:{book.folder / 'store.db'}?mode=ro", uri=True) as store:
        return [json.loads(answers)["verdict"] for (answers,) in store.execute(query)]


@pytest.mark.parametrize("silently", [False, True], ids=["closed", "silent"])
def test_thirty_seconds_without_a_connection_cost_nothing(behind, proxy, silently):
    """Answers go on from the records at hand, the badge says that they wait, and afterwards each is stored once."""
    book = behind([one_label(40), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).saved()
    proxy.cut(silently=silently)
    began, given = time.monotonic(), ["yes"]
    for index in range(1, 10):
        answer(desk, "12"[index % 2], index)
        given.append(["yes", "no"][index % 2])
        wait(desk, began + CUT * index / 10)
    assert desk.badge == "waiting"
    badge = desk.part("badge").inner_text()
    assert ("9 waiting" in badge and "kept in this browser" in badge) or "9 answers wait here" in badge
    if not silently:  # what is swallowed without a word can be told from nothing
        assert "The connection to the server is lost. Go on: 9 answers wait here." in badge
    assert len(verdicts(book)) == 1
    wait(desk, began + CUT)
    proxy.heal()
    desk.saved(timeout=90)
    assert verdicts(book) == given
    assert events_on_disk(book.folder / "store.db") == len(given)
    close_dialogs(desk)
    desk.root.focus()
    desk.at(10).press("1").at(11).saved()
    assert verdicts(book) == [*given, "yes"]


def wait(desk, moment):
    """Let the page go on until a moment of `time.monotonic()`."""
    desk.page.wait_for_timeout(max(0, moment - time.monotonic()) * 1000)


def answer(desk, key, index):
    """Answer the record at `index` by a key; where JupyterLab's own dialog has taken the key, close it and press again.

    Returns whether there was such a dialog.
    """
    disturbed = False
    for _ in range(10):
        desk.press(key).page.wait_for_timeout(1000)  # painted by now, unless the key never reached the desk
        if desk.index != index:
            break
        disturbed = True
        close_dialogs(desk)
        desk.root.focus()
    desk.at(index + 1)
    return disturbed


def close_dialogs(desk):
    """Say yes to what JupyterLab has to say about its own connection."""
    buttons = desk.page.locator(
        ".jp-Dialog-footer button"
    )  # the last one says yes, or closes: the lost connection's is "Close"
    again = desk.page.locator(".jp-Dialog input[type=checkbox]")
    while buttons.count():
        if again.count():
            again.first.check()  # "do not show this again"
        buttons.last.click()
        desk.page.wait_for_timeout(200)


def test_a_cell_run_again_while_answers_wait_keeps_them(notebook):
    """The kernel is held up, answers wait, the desk's cell is run again: the new desk shows the right record, each answer once."""
    book = notebook([one_label(12), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).saved()
    kernel = book.kernel.eval("__import__('os').getpid()")
    os.kill(kernel, signal.SIGSTOP)
    try:
        desk.press("2").at(2).press("1").at(3).press("2").at(4)
        assert desk.badge == "waiting"
        book.start_all()
        book.page.wait_for_timeout(3000)  # long enough to be sent a second time
    finally:
        os.kill(kernel, signal.SIGCONT)
    book.wait_finished(1)
    again = DeskPage(book).ready().saved().at(4)
    assert verdicts(book) == ["yes", "no", "yes", "no"]
    assert events_on_disk(book.folder / "store.db") == 4
    again.press("1").at(5).saved()
    assert verdicts(book) == ["yes", "no", "yes", "no", "yes"]


def test_a_kernel_killed_with_answers_on_their_way_stores_each_once(notebook):
    """`kill -9` between the key and the acknowledgement: after the next run each answer is there, once."""
    book = notebook([one_label(30), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).saved()
    killed = book.kernel.eval("__import__('os').getpid()")
    book.forget_kernel()
    told = False
    for index in range(1, 12):
        if index == 6:
            os.kill(killed, signal.SIGKILL)
        told = answer(desk, "12"[index % 2], index) or told
    if not told:
        book.accept_dialog()
    book.wait_idle()
    book.run_all()
    DeskPage(book).ready().saved().at(12)
    assert verdicts(book) == ["yes", *["no", "yes"] * 5, "no"]
    assert events_on_disk(book.folder / "store.db") == 12


def test_two_browsers_on_one_kernel_write_every_answer_once(notebook, lab, browser):
    """The notebook open in two browsers, both answering in turns: nothing is lost, nothing doubled, both see what is left."""
    book = notebook([one_label(10), SHOW])
    first = DeskPage(book).ready()
    book.save()
    until(lambda: (lab.root / book.path).read_text().count("Labelling desk"), "the notebook is saved")
    other = lab.show(browser, book.path)
    try:
        assert other.kernel_id == book.kernel_id
        second = DeskPage(other).ready()
        for index in range(5):
            second.press("ArrowRight").at(index + 1)
        for index in range(4):
            first.press("12"[index % 2]).at(index + 1)
            second.press("21"[index % 2]).at(index + 6)
        first.saved()
        second.saved()
        assert events_on_disk(book.folder / "store.db") == 8
        for desk in (first, second):
            until(lambda desk=desk: "8 of 10" in desk.part("progress").inner_text(), "both count both")
        first.press("1")
        until(lambda: first.index == 9, "the record that nobody has answered yet is next")
        second.page.reload()
        DeskPage(other).ready().at(9).press("2").saved()
        until(
            lambda: "10 of 10" in first.part("progress").inner_text(),
            "the other browser's last answer counts here, too",
        )
        assert verdicts(book) == ["yes", "no"] * 2 + ["yes"] + ["no", "yes"] * 2 + ["no"]
        assert events_on_disk(book.folder / "store.db") == 10
    finally:
        other.page.context.close()
