import { signal } from "@preact/signals";
import type { AnswerEvent, RecordView, Status } from "../wire.ts";

/** The records this page holds, in the user's order, with the answers the kernel is known to have. */
export class Records {
  /** Counts changes, for whoever draws from the plain maps below. */
  readonly version = signal(0);
  #held = new Map<string, RecordView>();
  #order: RecordView[] = [];
  #waiting: () => Map<string, AnswerEvent>;

  /** `waiting` gives the newest answer of each record that is still on its way: it outranks what the kernel said. */
  constructor(waiting: () => Map<string, AnswerEvent>) {
    this.#waiting = waiting;
  }

  get(record: string | null): RecordView | undefined {
    return record === null ? undefined : this.#held.get(record);
  }

  get size(): number {
    return this.#order.length;
  }

  /** Take in views from the kernel; a newer view of a held record replaces it. */
  merge(views: RecordView[]): void {
    if (!views.length) return;
    for (const view of views) this.#held.set(view.record, view);
    this.#order = [...this.#held.values()].sort((one, other) => one.index - other.index);
    this.version.value += 1;
  }

  /** The kernel has stored this event: it is now the record's answer. */
  stored(event: AnswerEvent): void {
    const view = this.#held.get(event.record);
    if (!view) return;
    const response = { status: event.status, values: event.values };
    this.merge([{ ...view, response }]);
  }

  /** The answer as the annotator knows it, on its way or stored. */
  answer(record: string): { status: Status; values: AnswerEvent["values"] } | null {
    return this.#waiting().get(record) ?? this.#held.get(record)?.response ?? null;
  }

  isPending(record: string): boolean {
    const status = this.answer(record)?.status;
    return status !== "submitted" && status !== "discarded";
  }

  /** The first pending record whose index is above `after`. */
  pendingAfter(after: number): RecordView | undefined {
    return this.#order.find((view) => view.index > after && this.isPending(view.record));
  }

  /** How many pending records lie ahead of `after`, counted up to `most`. */
  pendingAhead(after: number, most: number): number {
    let count = 0;
    for (const view of this.#order) {
      if (view.index > after && this.isPending(view.record)) count += 1;
      if (count >= most) break;
    }
    return count;
  }

  /** The held record next to `index`, before (-1) or after (1) it. */
  beside(index: number, by: -1 | 1): RecordView | undefined {
    return by > 0
      ? this.#order.find((view) => view.index > index)
      : this.#order.findLast((view) => view.index < index);
  }
}
