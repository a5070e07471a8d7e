import * as parts from "../../src/review/index.ts";
import type { ReviewAnswer, ReviewProgress, ReviewRecord } from "../../src/review/wire.ts";
import { review } from "../../src/review.ts";
import type { Model, Spec, Values } from "../../src/wire.ts";
import { type Mounted, mount } from "../desk/open_desk.ts";
import { SPEC } from "../fake_kernel.ts";

type Message = Record<string, unknown> & { kind: string; rid: string; client: string };

export function answer(key: string, values: Values, more: Partial<ReviewAnswer> = {}): ReviewAnswer {
  const at = "2026-11-21T10:00:00+00:00";
  return { key, user: key, at, status: "submitted", values, comment: null, version: 1, ...more };
}

export function reviewRecord(index: number, answers: ReviewAnswer[]): ReviewRecord {
  const values = answers.map((each) => JSON.stringify(each.values.quality));
  const apart = new Set(values).size > 1 ? 1 : 0;
  return {
    record: `r${index}`,
    index,
    fields: { prompt: `Question number ${index}` },
    metadata: {},
    disagreement: apart,
    disputes: { quality: apart },
    answers,
    decided: {},
    decision: null,
    waiting: [],
  };
}

/** A kernel that reviews, as docs/wire.md has it; what it hears is kept, and replies may be held. */
export class FakeReviews {
  spec: Spec = SPEC;
  requests: Message[] = [];
  /** Set while it does not answer acts. */
  holds = false;
  blind = false;
  /** Why nobody is let in. */
  shut: string | null = null;
  /** Why acts are refused. */
  refuses: string | null = null;
  records: ReviewRecord[];
  #listeners = new Set<(content: unknown) => void>();
  #acts: { event: string; record: ReviewRecord; before: ReviewRecord }[] = [];
  #held: Message[] = [];

  constructor(records: ReviewRecord[]) {
    this.records = records;
  }

  get model(): Model {
    return {
      get: (name) => (name === "_part" ? "review" : undefined),
      set: () => {},
      send: (content) => this.#take(structuredClone(content) as Message),
      on: (_name, listener) => this.#listeners.add(listener),
      off: (_name, listener) => this.#listeners.delete(listener),
    };
  }

  acts(): Message[] {
    return this.requests.filter(({ kind }) => ["adopt", "decide", "send_back", "undo"].includes(kind));
  }

  release(): void {
    this.holds = false;
    for (const message of this.#held.splice(0)) this.#reply(message);
  }

  push(...views: ReviewRecord[]): void {
    this.#push({ views, more: false });
  }

  /** Say that more has changed than is named. */
  pushMore(): void {
    this.#push({ views: [], more: true });
  }

  #push(body: object): void {
    this.#tell({ v: 1, client: "*", rid: "", kind: "progress", ...body, progress: this.counts() });
  }

  counts(): ReviewProgress {
    const decided = this.records.filter(({ decision }) => decision).length;
    const waiting = this.records.filter((each) => each.waiting.length).length;
    const disputed = this.records.filter((each) => each.disagreement).length;
    return { total: this.records.length, decided, waiting, disputed };
  }

  #take(message: Message): void {
    this.requests.push(message);
    if (this.holds && message.kind !== "records") this.#held.push(message);
    else setTimeout(() => this.#reply(message), 1);
  }

  #reply(message: Message): void {
    const { client, rid } = message;
    this.#tell({ v: 1, client, rid, ...this.#answer(message), progress: this.counts() });
  }

  #tell(content: object): void {
    for (const listener of [...this.#listeners]) listener(structuredClone(content));
  }

  #answer(message: Message): object {
    if (message.kind === "hello" && this.shut) return { kind: "refused", reason: this.shut, again: false };
    if (message.kind === "hello")
      return {
        kind: "welcome",
        dataset: { key: "d", name: "polite-answers", workspace: "team" },
        user: "rita",
        spec: this.spec,
        store: { place: "feedback.db", durable: true },
        desk: { height: null, language: null, blind: this.blind },
        records: this.#open(-1).slice(0, 3),
      };
    if (message.kind === "records") return { kind: "records", records: this.#window(message) };
    if (message.kind === "undo") return { kind: "undone", view: this.#undo() };
    if (this.refuses) return { kind: "refused", reason: this.refuses, again: false };
    return { kind: "reviewed", view: this.#act(message) };
  }

  #open(after: number): ReviewRecord[] {
    return this.records.filter((each) => each.index > after && !each.decision && !each.waiting.length);
  }

  #window({ after = -1, before, open, limit }: Message): ReviewRecord[] {
    if (before !== undefined)
      return this.records.filter((each) => each.index < (before as number)).slice(-(limit as number));
    const found = open
      ? this.#open(after as number)
      : this.records.filter((each) => each.index > (after as number));
    return found.slice(0, limit as number);
  }

  #act({ kind, event, record, answer: key, values, comment }: Message): ReviewRecord {
    const found = this.records.find((each) => each.record === record) as ReviewRecord;
    const known = this.#acts.find((each) => each.event === event);
    if (known) return known.record;
    const before = structuredClone(found);
    const by = { by: "rita", at: "2026-11-21T11:00:00+00:00", about: (key as string) ?? null };
    const act = { ...by, comment: (comment as string | undefined) ?? null };
    const about = found.answers.find((each) => each.key === key);
    if (kind === "send_back") {
      found.waiting = [act];
      found.answers = found.answers.filter((each) => each !== about);
    } else {
      found.decision = act;
      found.decided = kind === "adopt" ? (about?.values ?? {}) : (values as Values);
    }
    this.#acts.push({ event: event as string, record: found, before });
    return found;
  }

  #undo(): ReviewRecord | null {
    const last = this.#acts.pop();
    return last ? Object.assign(last.record, last.before) : null;
  }
}

/** Open a review desk and wait until it shows its first record. Needs fake timers. */
export async function openReview(kernel: FakeReviews): Promise<Mounted> {
  review.value = parts; // jsdom imports no code out of a Blob
  return mount(kernel.model);
}
