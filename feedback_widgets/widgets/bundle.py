"""The front end's code, held by one hidden widget; every visible widget is a stub that borrows it.

Ten desks in a notebook cost one copy of the bundle, and they share its modules: one outbox, one style sheet.
"""

from __future__ import annotations

from pathlib import Path

import anywidget

from feedback_widgets.errors import FeedbackError

SOURCE = Path(__file__).parent / "static" / "desk.js"

# Hosts before anywidget 0.11, or where the hidden widget lives in another frame (Colab), cannot borrow: they ask the kernel.
STUB = """
async function ask(model) {
  const rid = `source-${Math.random().toString(36).slice(2)}`;
  const esm = await new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error("the kernel did not send the desk: run the cell again")), 20000);
    model.on("msg:custom", function take(content) {
      if (content.rid !== rid) return;
      clearTimeout(late);
      model.off("msg:custom", take);
      done(content.esm);
    });
    model.send({ v: 1, client: "stub", seq: 1, rid, kind: "source" });
  });
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  try { return await import(url); } finally { URL.revokeObjectURL(url); }
}
export default {
  async render(context) {
    let desk;
    try {
      desk = (await context.host.getWidget(context.model.get("_bundle"))).exports;
    } catch {
      desk = (await ask(context.model)).default;
    }
    return desk.render(context);
  },
};
"""

_shared: anywidget.AnyWidget | None = None


def source(part: str = "desk") -> str:
    """Return the code of a bundle: `"desk"`, or `"rich"`, which draws maths and colours code.

    Raises:
        FeedbackError: this is a checkout whose front end was not built.
    """
    file = SOURCE.with_name(f"{part}.js")
    if not file.is_file():
        raise FeedbackError(
            f"the desk's front end is not built ({file.name} is missing): run 'make setup', or 'pip install .' in the checkout"
        )
    return file.read_text("utf-8")


def shared_bundle() -> anywidget.AnyWidget:
    """Return the one hidden widget that holds the bundle, making it when it is not there (any more)."""
    global _shared  # noqa: PLW0603 - one per kernel is the point
    if _shared is None or _shared.comm is None:
        source()

        class Bundle(anywidget.AnyWidget):  # defined here: anywidget reads the file when the class is made
            _esm = SOURCE

        _shared = Bundle()
    return _shared
