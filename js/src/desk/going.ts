import { t } from "../text.ts";
import type { View } from "./view.ts";

/** Go to a record by its number, counted from 1. */
export async function goTo(view: View, number: number): Promise<void> {
  const { total } = view.session.progress.peek();
  if (!Number.isInteger(number) || number < 1 || number > total) {
    view.notice.value = t("goto.none", { total });
    return;
  }
  if (view.many.on.peek()) view.many.bulk.close();
  if (view.search.found.peek()) view.search.clear();
  if (view.walk.peek() !== view.session) view.walkOver(view.session);
  const { records } = view.session;
  let found = records.at(number - 1);
  if (!found) {
    const reply = await view.session.link.ask("goto", () => ({ index: number - 1 }));
    if (reply.kind === "refused") view.notice.value = `${reply.reason}.`;
    if (reply.kind !== "went") return;
    records.merge([reply.view]);
    found = reply.view;
  }
  view.show(found);
}

/** Go to a refused answer's record with what was answered, to mend it. */
export async function mend(view: View, event: string): Promise<void> {
  const entry = view.session.outbox.refused.peek().find((refused) => refused.event.event === event);
  if (!entry) return;
  if (view.many.on.peek()) view.many.bulk.close();
  const { records, window } = view.session;
  if (!records.get(entry.event.record)) await window.at(entry.index);
  const found = records.get(entry.event.record);
  if (found) view.show(found, entry.event.values);
  view.notice.value = found ? t("notice.refused", { why: entry.refused ?? "" }) : t("notice.lost");
}

/** Add a label that is missing, and pick it. */
export async function addLabel(view: View, name: string, label: string): Promise<void> {
  const record = view.position.peek();
  const reply = await view.session.link.ask("label", () => ({ question: name, label }));
  if (reply.kind === "refused") view.notice.value = t("notice.not_added", { why: reply.reason });
  if (reply.kind !== "labelled" || view.position.peek() !== record) return;
  const question = view.spec.peek()?.questions.find((each) => each.name === name);
  const at = question?.options?.findIndex((option) => option.value === reply.label) ?? -1;
  if (at >= 0) view.pick(name, at);
}
