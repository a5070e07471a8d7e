import type { Queue, RecordsReply, RecordView } from "../wire.ts";
import type { Records } from "./records.ts";

/** Records asked for at a time; when half as many unanswered ones lie ahead, more are asked for. */
const LIMIT = 20;

type Fetch = (queue: Queue, after: number, limit: number) => Promise<RecordsReply | null>;

/** Keeps unanswered records ahead of the annotator, so that the next one is painted without asking the kernel. */
export class Window {
  #records: Records;
  #fetch: Fetch;
  #cursor = -1;
  #ended = false;
  #swept = false;
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
    // Only a stretch from the very start to the end proves that nothing else is left.
    if (after === -1) this.#swept = this.#ended;
    this.#records.merge(views);
  }

  /** Records may have come or come back: look again. */
  reopen(): void {
    this.#ended = false;
    this.#swept = false;
    this.#records.version.value += 1;
  }

  /** True when no record waits for an answer, as far as kernel and page know together. */
  get done(): boolean {
    return this.#swept && this.#ended && !this.#records.pendingAfter(-1) && !this.#records.firstSkipped();
  }

  /** How many records others are answering, where nothing else is left; else 0. */
  get heldByOthers(): number {
    return this.done ? this.#held : 0;
  }

  /** Others may have given something back. */
  lookAgain(): void {
    if (this.heldByOthers && !this.#asking) this.#ask(-1);
  }

  /** Ask for more when few unanswered records lie ahead of `index`. */
  keepAhead(index: number): void {
    const ahead = Math.floor(this.#limit / 2);
    if (this.#asking || this.#records.pendingAhead(index, ahead) >= ahead) return;
    if (!this.#ended) this.#ask(this.#cursor);
    else if (!this.#swept && !this.#records.pendingAfter(-1)) this.#ask(-1);
  }

  /** The next record to answer after `index`; "wait" until the kernel sends more, null when all are answered. */
  next(index: number): RecordView | "wait" | null {
    const ahead = this.#records.pendingAfter(index);
    if (ahead) return ahead;
    if (!this.#ended) return "wait";
    const put = this.#swept ? this.#records.firstSkipped() : undefined;
    return this.#records.pendingAfter(-1) ?? put ?? (this.done ? null : "wait");
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
    this.#asking = this.#fetch("pending", after, this.#limit).then((reply) => {
      this.#asking = null;
      if (reply) this.take(reply.records, reply.end, after, reply.held);
      // Wakes a view that waits, also when nothing came.
      this.#records.version.value += 1;
    });
  }
}
