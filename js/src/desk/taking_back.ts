import { t } from "../text.ts";
import type { View } from "./view.ts";

/** Take back the newest answer and offer its values for mending. */
export async function undo(view: View): Promise<void> {
  const { session } = view;
  const waiting = session.outbox.waiting.peek().length;
  if (!waiting && !session.undoable.peek()) {
    view.notice.value = t("undo.none");
    return;
  }
  view.notice.value = waiting ? t("undo.waiting") : t("undo.now");
  const reply = await session.undo();
  if (reply.kind === "undone") {
    if (view.many.on.peek()) {
      view.notice.value = t("undo.elsewhere");
      return view.many.bulk.reload();
    }
    view.show(reply.view, reply.values, reply.comment);
    view.notice.value = t("undo.done");
  } else if (reply.kind === "refused") view.notice.value = t("undo.refused", { why: reply.reason });
}

/** Take the newest undo back. */
export async function redo(view: View): Promise<void> {
  const { session } = view;
  if (!session.redoable.peek()) {
    view.notice.value = t("redo.none");
    return;
  }
  view.notice.value = t("redo.now");
  const reply = await session.redo();
  if (reply.kind === "redone") {
    view.stands(reply.view);
    view.notice.value = t("redo.done", { n: reply.view.index + 1 });
  } else if (reply.kind === "refused") view.notice.value = t("redo.refused", { why: reply.reason });
}
