import type { Queue, RecordsReply, RecordView } from "../wire.ts";
import type { Records } from "./records.ts";

/** Records asked for at a time; when half as many unanswered ones lie ahead, more are asked for. */
const LIMIT = 20;

type Stretch = Pick<RecordsReply, "records" | "end" | "held">;
/** Null where the kernel gives none; whoever fetches does something about it. */
type Fetch = (queue: Queue, after: number, limit: number) => Promise<Stretch | null>;

/** Keeps unanswered records ahead of the annotator, so that the next one is painted without asking the kernel. */
export class Window {
  #records: Records;
  #fetch: Fetch;
  #cursor = -1;
  #ended = false;
  /** Nothing to answer has been found since the last look at the very start. */
  #sweeping = false;
  /** How many records had been lost sight of when such a look reached the end; -1 while none has. */
  #swept = -1;
  #stuck = false;
  #asking: Promise<void> | null = null;
  #limit = LIMIT;
  /** Records that are missing from the queue because others are answering them. */
  #held = 0;

  constructor(records: Records, fetch: Fetch) {
    this.#records = records;
    this.#fetch = fetch;
  }

  /** Where others wait for what is fetched here, fewer records are fetched. */
  limitTo(records: number): void {
    this.#limit = Math.min(LIMIT, records);
  }

  /** Take in a stretch of the pending queue that began after `after`. */
  take(views: RecordView[], end: boolean, after: number, held = 0): void {
    this.#held = held;
    this.#cursor = Math.max(after, ...views.map((view) => view.index));
    this.#ended = end || !views.length;
    if (after === -1) this.#sweeping = true;
    this.#records.merge(views);
    // Only a look from the very start to the end proves that nothing else is left.
    this.#swept = this.#sweeping && this.#ended ? this.#records.losses : -1;
  }

  /** Records may have come or come back: look again. */
  reopen(): void {
    this.#ended = false;
    this.#swept = -1;
    this.#sweeping = false;
    this.#stuck = false;
    this.#records.version.value += 1;
  }

  /** What was fetched is forgotten: look again from wherever the annotator is. */
  restart(): void {
    this.#cursor = -1;
    this.reopen();
  }

  /** True when no record waits for an answer, as far as kernel and page know together. */
  get done(): boolean {
    return this.#all && !this.#records.pendingAfter(-1) && !this.#records.firstSkipped();
  }

  /** Whether every record that waits is held here. */
  get #all(): boolean {
    return this.#ended && this.#swept === this.#records.losses;
  }

  /** How many records others are answering, where nothing else is left; else 0. */
  get heldByOthers(): number {
    return this.done ? this.#held : 0;
  }

  /** Others may have given something back. */
  lookAgain(): void {
    if (this.heldByOthers && !this.#asking) this.#ask(-1);
  }

  /** Ask for more when few unanswered records lie ahead of `index`; with `jump`, go on from there, however far it is. */
  keepAhead(index: number, jump = false): void {
    if (this.#asking || this.#stuck) return;
    const ahead = Math.floor(this.#limit / 2);
    const edge = this.#ended ? Number.POSITIVE_INFINITY : this.#cursor;
    if (this.#records.pendingAhead(index, ahead, edge) >= ahead) return;
    if (!this.#ended) this.#ask(jump ? Math.max(index, this.#cursor) : this.#cursor);
    else if (this.#records.pendingAfter(-1)) return;
    else if (!this.#all) this.#ask(-1);
    else this.#bringBack();
  }

  /** The next record to answer after `index`; "wait" until the kernel sends more, null when all are answered. */
  next(index: number): RecordView | "wait" | null {
    const ahead = this.#records.pendingAfter(index);
    // Between what was fetched in a row and what is held beyond it, others may lie.
    const near = ahead && (this.#ended || ahead.index <= this.#cursor) ? ahead : undefined;
    if (!near && !this.#ended) return "wait";
    const found = near ?? this.#records.pendingAfter(-1);
    if (found) this.#sweeping = false;
    const put = this.#all ? this.#records.firstSkipped() : undefined;
    return found ?? this.#records.get(put?.record ?? null) ?? (this.done ? null : "wait");
  }

  /** Fetch what lies before (-1) or after (1) `index`, answered or not, to look at it again. */
  async beside(index: number, by: -1 | 1): Promise<void> {
    const reply = await this.#fetch("all", by > 0 ? index : Math.max(-1, index - 1 - LIMIT), LIMIT);
    if (reply) this.#records.merge(reply.records);
  }

  /** Fetch the record at `index`. */
  async at(index: number): Promise<void> {
    const reply = await this.#fetch("all", index - 1, 1);
    if (reply) this.#records.merge(reply.records);
  }

  #ask(after: number): void {
    this.#request(after, (reply) => this.take(reply.records, reply.end, after, reply.held));
  }

  /** What was put off and then forgotten to save room is fetched again, with those that follow it. */
  #bringBack(): void {
    const put = this.#records.firstSkipped();
    if (!put || this.#records.get(put.record)) return;
    this.#request(put.index - 1, ({ records, end, held = 0 }) => {
      this.#held = held;
      this.#records.merge(records);
      const last = records.at(-1)?.index ?? put.index;
      this.#records.settle(put.index, end ? Number.POSITIVE_INFINITY : last); // answered meanwhile, or with others
    });
  }

  #request(after: number, take: (reply: Stretch) => void): void {
    this.#asking = this.#fetch("pending", after, this.#limit).then((reply) => {
      this.#asking = null;
      this.#stuck = !reply;
      if (reply) take(reply);
      // Wakes a view that waits, also when nothing came.
      this.#records.version.value += 1;
    });
  }
}
