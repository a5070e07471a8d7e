import { signal } from "@preact/signals";
import type { AnswerEvent, RecordView, Status, StoredAnswer } from "../wire.ts";

/** How many records are held before some are forgotten again, and how many then stay to look back at. */
const MOST = 350;
const KEPT = 300;

/** The records this page holds, in the user's order, with the answers the kernel is known to have. */
export class Records {
  /** Counts changes, for whoever draws from the plain maps below. */
  readonly version = signal(0);
  /** Where each view stands (a record's index): what lies near is kept longest. */
  readonly places = new Set<() => number | undefined>();
  /** How many records that wait for an answer were forgotten: they have to be asked for again. */
  losses = 0;
  #held = new Map<string, RecordView>();
  #order: RecordView[] = [];
  /** The indexes of what was once forgotten to save room: whoever steps over one has to fetch it. */
  #forgotten = new Set<number>();
  /** What the annotator put off, the newest last, with its place: by that it is found again once it was forgotten. */
  #skipped = new Map<string, number>();
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
    this.#sort();
    if (this.size > MOST) this.#forget(new Set(views.map((view) => view.record)));
    this.version.value += 1;
  }

  /** Take in newer views of what is held here; each keeps its place. */
  refresh(views: RecordView[]): void {
    this.merge(
      views.flatMap((view) => {
        const held = this.#held.get(view.record);
        return held ? [{ ...view, index: held.index, at: held.at }] : [];
      }),
    );
  }

  /** The kernel has stored this event: it is now the record's answer. */
  stored(event: AnswerEvent): void {
    const view = this.#held.get(event.record);
    if (!view) return;
    const { status, values, comment = null, shown } = event;
    const response = { status, values, comment, before: shown?.before ?? null };
    this.merge([{ ...view, response }]);
  }

  /** The answer as the annotator knows it, on its way or stored. */
  answer(record: string): StoredAnswer | null {
    const waiting = this.#waiting().get(record);
    if (waiting) return { ...waiting, before: waiting.shown?.before ?? null };
    return this.#held.get(record)?.response ?? null;
  }

  /** The held record at a place in the order. */
  at(index: number): RecordView | undefined {
    return this.#order.find((view) => view.index === index);
  }

  /** Ask for this one when nothing else is left. */
  skip({ record, index }: RecordView): void {
    this.#skipped.delete(record);
    this.#skipped.set(record, index);
    this.version.value += 1;
  }

  /** The record that was skipped first and, as far as is known here, still waits; only its place where it was forgotten. */
  firstSkipped(): RecordView | { record: string; index: number } | undefined {
    for (const [record, index] of this.#skipped) {
      const view = this.#held.get(record);
      if (!view) return { record, index };
      if (this.isOpen(view)) return view;
    }
    return undefined;
  }

  /** What waits between these places is held here by now: what was put off there and is not, no longer waits. */
  settle(from: number, to: number): void {
    for (const [record, index] of this.#skipped)
      if (index >= from && index <= to && !this.#held.has(record)) this.#skipped.delete(record);
  }

  /** The held records with an answer of this status whose index is above `after`. */
  having(status: Status, after: number): RecordView[] {
    return this.#order.filter((view) => view.index > after && this.answer(view.record)?.status === status);
  }

  isPending(record: string): boolean {
    const status = this.answer(record)?.status;
    return status !== "submitted" && status !== "discarded";
  }

  /** Whether the annotator shall be asked for it: it is pending, and not left to others. */
  isOpen(view: RecordView): boolean {
    return !view.closed && this.isPending(view.record);
  }

  /** The records that wait for an answer here. */
  open(): string[] {
    return this.#order.filter((view) => this.isOpen(view)).map((view) => view.record);
  }

  /** Forget everything but what is on its way or on show: it is asked for anew. Returns what is on show. */
  drop(): string[] {
    const places = new Set([...this.places].map((place) => place()));
    const shown = this.#order.filter(({ index }) => places.has(index)).map(({ record }) => record);
    const kept = new Set([...shown, ...this.#waiting().keys()]);
    for (const { record, index } of this.#order.filter((view) => !kept.has(view.record))) {
      this.#held.delete(record);
      this.#forgotten.add(index);
    }
    this.#sort();
    this.version.value += 1;
    return shown;
  }

  /** Leave records to others; a newer view from the kernel opens them again. */
  close(records: string[]): void {
    this.merge(
      records.flatMap((record) => {
        const view = this.#held.get(record);
        return view ? [{ ...view, closed: true }] : [];
      }),
    );
  }

  /** The first pending record whose index is above `after`. */
  pendingAfter(after: number): RecordView | undefined {
    return this.#order.find((view) => view.index > after && this.#isNext(view));
  }

  /** How many pending records lie ahead of `after`, none beyond `edge`, counted up to `most`. */
  pendingAhead(after: number, most: number, edge: number): number {
    let count = 0;
    for (const view of this.#order) {
      if (view.index > after && view.index <= edge && this.#isNext(view)) count += 1;
      if (count >= most) break;
    }
    return count;
  }

  /** The record next to `index`, before (-1) or after (1) it; undefined where none is held, or a nearer one was forgotten. */
  beside(index: number, by: -1 | 1): RecordView | undefined {
    const ahead = ({ index: other }: { index: number }) => (other - index) * by > 0;
    const found = by > 0 ? this.#order.find(ahead) : this.#order.findLast(ahead);
    const between = (at: number) => ahead({ index: at }) && found && (found.index - at) * by > 0;
    return [...this.#forgotten].some(between) ? undefined : found;
  }

  #isNext(view: RecordView): boolean {
    return this.isOpen(view) && !this.#skipped.has(view.record);
  }

  #sort(): void {
    this.#order = [...this.#held.values()].sort((one, other) => one.index - other.index);
  }

  /**
   * A day's work must not fill the page: what is far from every view goes, the answered first; the kernel has it. What came just
   * now stays, or a look at the start from far away would never find anything.
   */
  #forget(fresh: Set<string>): void {
    const places = [...this.places].flatMap((place) => place() ?? []);
    if (!places.length) places.push(this.#order.at(-1)?.index ?? 0);
    const far = ({ index }: RecordView) => Math.min(...places.map((place) => Math.abs(index - place)));
    const mayGo = (view: RecordView) => !this.#waiting().has(view.record) && far(view) > 0;
    const farthest = (views: RecordView[]) => views.sort((one, other) => far(other) - far(one));
    const done = this.#order.filter((view) => mayGo(view) && !this.isPending(view.record));
    this.#drop(farthest(done).slice(0, this.size - KEPT));
    const passed = this.#order.filter((view) => mayGo(view) && !fresh.has(view.record));
    // What was put off first: its place is known, so that forgetting it costs no look from the very start.
    for (const off of [true, false]) {
      if (this.size <= MOST) return;
      const some = passed.filter((view) => this.#skipped.has(view.record) === off);
      this.#drop(farthest(some).slice(0, this.size - KEPT));
    }
  }

  #drop(views: RecordView[]): void {
    this.losses += views.filter((view) => this.#isNext(view)).length;
    for (const view of views) {
      this.#held.delete(view.record);
      this.#forgotten.add(view.index);
    }
    this.#sort();
  }
}
