"""Answers by the thousand through the real page, and what the page is made of afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

    from desk_page import DeskPage

AHEAD = 20  # answers that may be on their way: a page that answers faster waits
# Presses 1 and 2 in turns, each as soon as the next record is on show. Made keys: a pressed one costs two messages to the browser.
ANSWER = """async (root, [count, ahead]) => {
  const shown = () => root.querySelector('[data-fw=record]')?.dataset.record ?? null;
  const waiting = () => parseInt(/^(\\d+) waiting/.exec(root.querySelector('[data-fw=badge]').textContent)?.[1] ?? '0', 10);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const answered = window.answered ??= { count: 0 };
  for (let done = 0; done < count; done += 1) {
    let before = shown();
    for (let tries = 0; before === null && tries < 4000; tries += 1) { await pause(5); before = shown(); }
    if (before === null) throw new Error(`no record is shown after ${answered.count} answers`);
    const key = '12'[answered.count % 2];
    root.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    for (let tries = 0; shown() === before; tries += 1) {
      if (tries > 4000) throw new Error(`the record stays after ${answered.count} answers`);
      await pause(1);
    }
    answered.count += 1;
    while (waiting() >= ahead) await pause(5);
  }
}"""
STEP = 250  # answers per call into the page: a call that takes minutes is cut off


def answer(desk: DeskPage, count: int) -> None:
    """Answer this many records as fast as they are acknowledged, and wait until all are saved."""
    for done in range(0, count, STEP):
        desk.root.evaluate(ANSWER, [min(STEP, count - done), AHEAD])
    desk.saved(timeout=60)


class Measure:
    """What a page is made of, after its garbage was collected."""

    def __init__(self, desk: DeskPage) -> None:
        self.desk = desk
        self.devtools: CDPSession = desk.page.context.new_cdp_session(desk.page)
        self.devtools.send("HeapProfiler.enable")

    def __call__(self) -> dict[str, Any]:
        """Return `{heap (bytes), nodes, listeners}` of the page."""
        self.desk.page.wait_for_timeout(500)  # timers of the last answers
        for _ in range(3):  # what a finaliser lets go is collected by the next one
            self.devtools.send("HeapProfiler.collectGarbage")
        counters = self.devtools.send("Memory.getDOMCounters")
        return {
            "heap": self.devtools.send("Runtime.getHeapUsage")["usedSize"],
            "nodes": counters["nodes"],
            "listeners": counters["jsEventListeners"],
        }
