"""The front end's code, sent by the kernel when a page asks for it; every widget itself is a stub that asks.

Ten desks in a page cost one copy of the bundle, and they share its modules; those that speak another language, one more. No notebook keeps
a copy: what a front end saves with a notebook is the stub, which does nothing by itself and draws nothing without a kernel.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from feedback_widgets.errors import FeedbackError

SOURCE = Path(__file__).parent / "static" / "desk.js"

# A page holds each version of the bundle once for each language that was asked for, by its name. A kernel that is busy answers late: the stub asks for as long as
# its view is there, and says so.
STUB = """
const PAGE = Symbol.for("feedback_widgets.desks");
const WAITS = "The labelling desk waits for the kernel: run this cell again if nothing happens.";
async function take(model, el, signal) {
  const rid = `source-${Math.random().toString(36).slice(2)}`;
  let timer, hear;
  try {
    const esm = await new Promise((done, fail) => {
      hear = (content) => {
        if (content.rid !== rid || content.again) return;
        if (content.esm) done(content.esm); else fail(new Error(content.reason));
      };
      model.on("msg:custom", hear);
      signal?.addEventListener("abort", () => fail(new Error("this view was closed")));
      let patience = 1000;
      const ask = () => {
        try { model.send({ v: 1, client: "stub", seq: 1, rid, kind: "source" }); } catch {} // no kernel now: ask again
        if (patience > 1000) el.textContent = WAITS;
        timer = setTimeout(ask, patience = Math.min(2 * patience, 15000));
      };
      ask();
    });
    const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
    try { return (await import(url)).default; } finally { URL.revokeObjectURL(url); }
  } finally {
    clearTimeout(timer);
    model.off("msg:custom", hear);
  }
}
async function desk({ model, el, signal }) {
  const desks = (globalThis[PAGE] ??= new Map());
  const name = model.get("_code");
  const found = await desks.get(name)?.catch(() => null); // asked for by another desk, which may be gone meanwhile
  if (found) return found;
  const asked = take(model, el, signal);
  desks.set(name, asked);
  asked.catch(() => desks.get(name) === asked && desks.delete(name));
  return asked;
}
export default {
  async render(context) {
    let found;
    try { found = await desk(context); } catch (error) {
      context.el.textContent = error.message;
      return;
    }
    if (context.signal?.aborted) return;
    context.el.textContent = "";
    return found.render(context);
  },
};
"""


def source(part: str = "desk") -> str:
    """Return the code of a bundle: `"desk"`, or a part that a desk fetches (`"rich"`, `"languages"`, `"many"`: docs/wire.md).

    Raises:
        FeedbackError: this is a checkout whose front end was not built.
    """
    file = SOURCE.with_name(f"{part}.js")
    if not file.is_file():
        raise FeedbackError(
            f"the desk's front end is not built ({file.name} is missing): run 'make setup', or 'pip install .' in the checkout"
        )
    return file.read_text("utf-8")


def code_name(language: str | None = None) -> str:
    """Return a short name of the desk's code as it is now: another name when it was built anew.

    The code speaks one language wherever a page uses it. So a desk that asks for one names it too, and the page keeps
    a copy of the code for each language that its desks were asked to speak.

    Args:
        language: the one that the desk was asked to speak; None leaves it to the page.

    Raises:
        FeedbackError: this is a checkout whose front end was not built.
    """
    name = hashlib.sha256(source().encode()).hexdigest()[:16]
    return name if language is None else f"{name}-{language}"
