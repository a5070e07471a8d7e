import type { AnswerEvent, Layout, Model, Progress, RecordView, Spec } from "../src/wire.ts";

type Message = Record<string, unknown> & {
  v: number;
  client: string;
  seq: number;
  rid: string;
  kind: string;
};

/** How the channel treats messages; each is a trap met with real kernels. */
export interface Traps {
  /** The comm is known to be dead: `send` throws. */
  dead: boolean;
  /** A killed kernel swallows what is sent, without an error. */
  silent: boolean;
  /** Every message reaches the kernel twice. */
  twice: boolean;
  /** Replies are kept until `release`, which hands them out newest first. */
  hold: boolean;
}

export const SPEC: Spec = {
  guidelines: "Be **kind**.",
  version: 1,
  fields: [{ name: "prompt", type: "text", title: "Prompt", required: true, use_markdown: false }],
  questions: [
    {
      name: "quality",
      type: "rating",
      title: "Quality",
      description: null,
      required: true,
      values: [1, 2, 3, 4, 5],
    },
  ],
};

export function recordView(index: number): RecordView {
  const fields = { prompt: `Question number ${index}` };
  return { record: `r${index}`, index, fields, metadata: {}, suggestions: {}, response: null };
}

/** The log and the rules of a kernel, as docs/wire.md has them; several channels may lead to it. */
export class FakeKernel {
  spec: Spec;
  durable = true;
  /** How a view opens. */
  layout: Layout = { queue: "pending", compact: false, height: null };
  /** Says why an event is refused, or null. */
  refuses: (event: AnswerEvent) => string | null = () => null;
  /** Set while the store cannot be written. */
  broken: string | null = null;
  /** Set where records are lent. */
  lease: { seconds: number; records: number } | null = null;
  /** Records that others hold, and those that others have completed. */
  held = new Set<string>();
  complete = new Set<string>();
  log: (AnswerEvent & { undoes?: string })[] = [];
  requests: Message[] = [];
  records: RecordView[];

  constructor({ count = 50, spec = SPEC }: { count?: number; spec?: Spec } = {}) {
    this.spec = spec;
    this.records = Array.from({ length: count }, (_, index) => recordView(index));
  }

  answer(message: Message): object {
    this.requests.push(message);
    const again = this.broken !== null && message.kind === "respond";
    if (again) return { kind: "refused", reason: this.broken, again };
    if (message.kind === "hello") return this.#hello(message);
    if (message.kind === "records") return this.#records(message);
    if (message.kind === "respond") return this.#respond(message);
    if (message.kind === "undo") return this.#undo(message);
    if (message.kind === "redo") return this.#redo(message);
    if (message.kind === "goto") {
      const named = ({ record }: RecordView) => record === message.record;
      const view = this.records[message.index as number] ?? this.records.find(named);
      return view
        ? { kind: "went", view: this.view(view) }
        : { kind: "refused", reason: "there is no such record", again: false };
    }
    if (message.kind === "release") return { kind: "released" };
    if (message.kind === "renew") {
      const lost = (message.records as string[]).filter((each) => this.held.has(each));
      return { kind: "renewed", lost };
    }
    return { kind: "refused", reason: `no such request: ${message.kind}`, again: false };
  }

  current(record: string): AnswerEvent | undefined {
    return this.log.findLast((event) => event.record === record);
  }

  status(record: string): string {
    return this.current(record)?.status ?? "pending";
  }

  view(view: RecordView): RecordView {
    const event = this.current(view.record);
    const response =
      event && event.status !== ("pending" as string)
        ? {
            status: event.status,
            values: event.values,
            comment: event.comment ?? null,
            before: event.shown.before ?? null,
          }
        : null;
    return { ...view, response };
  }

  counts() {
    const progress: Progress = {
      total: this.records.length,
      pending: 0,
      draft: 0,
      submitted: 0,
      discarded: 0,
    };
    for (const { record } of this.records) progress[this.status(record) as keyof Progress] += 1;
    return {
      progress,
      undoable: this.#newestFinal() !== undefined,
      redoable: this.log.some((event) => event.undoes),
    };
  }

  #hello(message: Message) {
    const pending = message.pending as string[];
    return {
      kind: "welcome",
      dataset: { key: "d", name: "polite-answers", workspace: "team" },
      user: "alice",
      spec: this.spec,
      store: { place: "feedback.db", durable: this.durable },
      lease: this.lease,
      desk: this.layout,
      known: pending.filter((id) => this.log.some((event) => event.event === id)),
      ...this.#window("pending", -1, 20),
    };
  }

  #records(message: Message) {
    return {
      kind: "records",
      ...this.#window(message.queue as string, message.after as number, message.limit as number),
    };
  }

  #window(queue: string, after: number, limit: number) {
    const wanted = (record: string) => {
      const status = this.status(record);
      if (queue !== "pending") return queue === "all" || status === queue;
      const free = !this.held.has(record) && !this.complete.has(record);
      return free && (status === "pending" || status === "draft");
    };
    const found = this.records.filter((view) => view.index > after && wanted(view.record));
    const records = found.slice(0, limit).map((view) => this.view(view));
    return { records, end: found.length <= limit, held: this.held.size, ...this.counts() };
  }

  #respond(message: Message) {
    const saved: object[] = [];
    const refused: object[] = [];
    for (const event of message.events as AnswerEvent[]) {
      const reason = this.refuses(event);
      if (this.complete.has(event.record) && event.status === "submitted") {
        this.log.push({ ...event, status: "draft" });
        const said = "2 others have answered this record meanwhile: yours is kept as a draft";
        refused.push({ event: event.event, record: event.record, reason: said, kept: true });
      } else if (reason) refused.push({ event: event.event, record: event.record, reason, kept: false });
      else {
        let at = this.log.findIndex((stored) => stored.event === event.event);
        if (at < 0) at = this.log.push(event) - 1;
        saved.push({ event: event.event, seq: at + 1 });
      }
    }
    return { kind: "saved", saved, refused, ...this.counts() };
  }

  #newestFinal() {
    const undone = new Set(this.log.map((event) => event.undoes));
    return this.log.findLast(
      (event) =>
        !event.undoes && !undone.has(event.event) && ["submitted", "discarded"].includes(event.status),
    );
  }

  #redo(message: Message) {
    const newest = this.log.findLast((event) => event.undoes);
    const all = this.log.filter((each) => each === newest || (newest && isOf(each, newest) && each.undoes));
    const target = this.log.find((event) => event.event === all.at(-1)?.undoes);
    const view = this.records.find((each) => each.record === target?.record);
    if (!newest || !target || !view)
      return { kind: "refused", reason: "there is nothing to redo", again: false };
    this.log = this.log.filter((event) => !all.includes(event));
    const { event } = message;
    const count = all.length;
    return { kind: "redone", event, undoes: newest.event, view: this.view(view), count, ...this.counts() };
  }

  #undo(message: Message) {
    const known = this.log.find((event) => event.event === message.event);
    const target = known ? this.log.find((event) => event.event === known.undoes) : this.#newestFinal();
    const view = this.records.find((each) => each.record === target?.record);
    if (!target || !view) return { kind: "refused", reason: "there is nothing to undo", again: false };
    const undone = new Set(this.log.map((event) => event.undoes));
    const all = this.log.filter((each) => each === target || (isOf(each, target) && !undone.has(each.event)));
    if (all.length > 1 && message.batch !== target.shown.batch)
      return { kind: "batch", batch: target.shown.batch, count: all.length, ...this.counts() };
    if (!known)
      for (const [at, each] of all.reverse().entries())
        this.#takeBack(each, at ? `${message.event}/${at}` : (message.event as string));
    return {
      kind: "undone",
      event: message.event,
      undoes: target.event,
      view: this.view(this.records.find((each) => each.record === all.at(-1)?.record) ?? view),
      values: all.length > 1 ? {} : target.values,
      count: all.length,
      ...this.counts(),
    };
  }

  #takeBack(target: AnswerEvent, event: string): void {
    const earlier = this.log
      .slice(0, this.log.indexOf(target))
      .findLast((each) => each.record === target.record);
    const before = earlier ?? { ...target, status: "pending" as "draft", values: {} };
    this.log.push({ ...before, event, shown: target.shown, undoes: target.event });
  }
}

const isOf = (one: AnswerEvent, other: AnswerEvent) =>
  one.shown?.batch !== undefined && one.shown.batch === other.shown?.batch;

type Listener = (content: unknown) => void;

/** One widget's channel in one page, with the traps of real ones. Views talk through `proxy()`, as anywidget has it. */
export class FakeModel {
  traps: Traps = { dead: false, silent: false, twice: false, hold: false };
  sent: Message[] = [];
  #kernel: FakeKernel;
  #state: Record<string, unknown>;
  #proxies = new Set<Set<Listener>>();
  #held: object[] = [];

  constructor(kernel: FakeKernel, key = "dataset/alice") {
    this.#kernel = kernel;
    this.#state = { _key: key };
  }

  /** The model object of one view; `drop` takes its listeners away, as closing a view does. */
  proxy(): Model & { drop(): void } {
    const listeners = new Set<Listener>();
    this.#proxies.add(listeners);
    return {
      get: (name) => this.#state[name],
      set: (name, value) => {
        this.#state[name] = value;
      },
      send: (content) => this.#send(content),
      on: (_name, listener) => listeners.add(listener),
      off: (_name, listener) => listeners.delete(listener),
      drop: () => this.#proxies.delete(listeners),
    };
  }

  /** A message from the kernel, to every page that shows this model. */
  receive(content: object): void {
    const heard = structuredClone(content);
    for (const listeners of this.#proxies) for (const listener of [...listeners]) listener(heard);
  }

  /** Hand out the held replies, newest first. */
  release(): void {
    this.traps.hold = false;
    for (const reply of this.#held.splice(0).reverse()) this.receive(reply);
  }

  #send(content: object): void {
    if (this.traps.dead) throw new Error("Cannot send");
    const message = structuredClone(content) as Message;
    this.sent.push(message);
    if (this.traps.silent) return;
    setTimeout(() => {
      for (let times = this.traps.twice ? 2 : 1; times > 0; times -= 1) this.#reply(message);
    }, 1);
  }

  #reply(message: Message): void {
    const reply = { v: 1, client: message.client, rid: message.rid, ...this.#kernel.answer(message) };
    if (this.traps.hold) this.#held.push(reply);
    else this.receive(reply);
  }
}
