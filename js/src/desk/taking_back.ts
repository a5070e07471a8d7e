import { t } from "../text.ts";
import type { View } from "./view.ts";

/**
 * Take back the newest answer and offer its values for mending. What was answered at once is taken back at once: by one key
 * right after it was given here, else after a question.
 */
export async function undo(view: View): Promise<void> {
  const { session } = view;
  const waiting = session.outbox.waiting.peek().length;
  if (!waiting && !session.undoable.peek()) {
    view.notice.value = t("undo.none");
    return;
  }
  view.notice.value = waiting ? t("undo.waiting") : t("undo.now");
  const reply = await session.undo(view.batch);
  view.batch = null;
  if (reply.kind === "batch") {
    view.batch = reply.batch;
    view.notice.value = t("undo.ask", { n: reply.count });
  } else if (reply.kind === "undone") {
    const many = reply.count > 1;
    if (view.many.on.peek()) await view.many.bulk.reload();
    else if (many) view.show(reply.view);
    else view.show(reply.view, reply.values, reply.comment);
    view.notice.value = many
      ? t("undo.batch", { n: reply.count })
      : t(view.many.on.peek() ? "undo.elsewhere" : "undo.done");
  } else if (reply.kind === "refused") view.notice.value = t("undo.refused", { why: reply.reason });
}

/** Whether the record on show has no final answer. */
function waits(view: View): boolean {
  return !["submitted", "discarded"].includes(view.status.peek() ?? "");
}

/** Take the newest undo back. */
export async function redo(view: View): Promise<void> {
  const { session } = view;
  if (!session.redoable.peek()) {
    view.notice.value = t("redo.none");
    return;
  }
  view.notice.value = t("redo.now");
  const [record, waited] = [view.position.peek(), waits(view)];
  const reply = await session.redo();
  if (reply.kind === "redone") {
    const many = reply.count > 1;
    if (view.many.on.peek()) await view.many.bulk.reload();
    else {
      if (many) await session.anew; // the record on show may be one of them
      if (view.position.peek() === record && waited && !waits(view)) view.stands();
    }
    view.notice.value = many
      ? t("redo.batch", { n: reply.count })
      : t("redo.done", { n: reply.view.index + 1 });
  } else if (reply.kind === "refused") view.notice.value = t("redo.refused", { why: reply.reason });
}
