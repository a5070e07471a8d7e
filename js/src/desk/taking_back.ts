import type { View } from "./view.ts";

/** Take back the newest answer and offer its values for mending. */
export async function undo(view: View): Promise<void> {
  const { session } = view;
  const waiting = session.outbox.waiting.peek().length;
  if (!waiting && !session.undoable.peek()) {
    view.notice.value = "There is nothing to undo.";
    return;
  }
  view.notice.value = waiting ? "Undoing as soon as what waits is saved…" : "Undoing…";
  const reply = await session.undo();
  if (reply.kind === "undone") {
    if (view.bulk.on.peek()) {
      view.notice.value = "The newest answer is taken back.";
      return view.bulk.reload();
    }
    view.show(reply.view, reply.values, reply.comment);
    view.notice.value = "Taken back: change it and submit again.";
  } else if (reply.kind === "refused") view.notice.value = `Not undone: ${reply.reason}.`;
}

/** Take the newest undo back. */
export async function redo(view: View): Promise<void> {
  const { session } = view;
  if (!session.redoable.peek()) {
    view.notice.value = "There is nothing to redo.";
    return;
  }
  view.notice.value = "Redoing…";
  const reply = await session.redo();
  if (reply.kind === "redone") {
    view.stands(reply.view);
    view.notice.value = `The answer to record ${reply.view.index + 1} stands again.`;
  } else if (reply.kind === "refused") view.notice.value = `Not redone: ${reply.reason}.`;
}
