import type { Found, Queue, RecordsReply, RecordView, Status } from "../wire.ts";
import { Records } from "./records.ts";
import { placed } from "./search.ts";
import type { Session, Walk } from "./session.ts";
import { Window } from "./window.ts";

const LIMIT = 20;
/** In the order of their tabs. */
export const QUEUES = ["pending", "draft", "submitted", "discarded"] as const;

type Stretch = (body: {
  queue: Queue;
  limit: number;
  after?: number;
  before?: number;
}) => Promise<RecordsReply | null>;

/** Keeps records of a queue of answers around the annotator: these are walked through in both directions. */
class QueueWindow extends Window {
  #queue: Status;
  #held: Records;
  #ask: Stretch;
  #cursor = -1;
  #ended = false;
  #asking: Promise<void> | null = null;
  #losses = 0;

  constructor(queue: Status, records: Records, ask: Stretch) {
    super(records, () => Promise.resolve(null));
    this.#queue = queue;
    this.#held = records;
    this.#ask = ask;
  }

  override get done(): boolean {
    return this.#ended && !this.#asking;
  }

  override get heldByOthers(): number {
    return 0;
  }

  override reopen(): void {
    this.#ended = false;
    this.#cursor = -1;
    this.#held.version.value += 1;
  }

  override lookAgain(): void {}

  override keepAhead(index: number): void {
    const ahead = this.#held.having(this.#queue, index).length;
    if (!this.#ended && !this.#asking && ahead < LIMIT / 2) this.#fetch();
  }

  override next(index: number): RecordView | "wait" | null {
    const [ahead] = this.#held.having(this.#queue, index);
    if (ahead) return ahead;
    if (!this.#ended) return "wait";
    // Drafts are worked off, whatever order they are taken in; answers are looked through once.
    if (this.#queue !== "draft") return null;
    if (this.#losses === this.#held.losses) return this.#held.having("draft", -1)[0] ?? null;
    this.#losses = this.#held.losses;
    this.reopen(); // some were passed so long ago that they are no longer here
    return "wait";
  }

  override async beside(index: number, by: -1 | 1): Promise<void> {
    const edge = by > 0 ? { after: index } : { before: index };
    const reply = await this.#ask({ queue: this.#queue, limit: LIMIT, ...edge });
    if (reply) this.#held.merge(reply.records);
  }

  #fetch(): void {
    const after = this.#cursor;
    this.#asking = this.#ask({ queue: this.#queue, limit: LIMIT, after }).then((reply) => {
      this.#asking = null;
      if (reply && this.#cursor === after) {
        this.#cursor = Math.max(after, ...reply.records.map((view) => view.index));
        this.#ended = reply.end || !reply.records.length;
        this.#held.merge(reply.records);
      }
      this.#held.version.value += 1; // wakes a view that waits, also when nothing came
    });
  }
}

/** A walk through one queue of this annotator's answers: of all records in their order, or of what was found in its. */
export function queueWalk(session: Session, queue: Status, found?: Found | null): Walk {
  const records = new Records(() => session.outbox.newest.value);
  const window = new QueueWindow(queue, records, async (body) => {
    await session.outbox.drained(); // what was answered just now is in the queue too
    const hits = found && { token: found.token };
    const reply = await session.link.ask("records", () => ({ ...body, ...hits }));
    if (reply.kind !== "records") return null;
    return found ? { ...reply, records: placed(reply) } : reply;
  });
  return { records, window, queue, ...(found && { total: found.total }) };
}
