import { batch, computed, signal } from "@preact/signals";
import { Outbox } from "../outbox/outbox.ts";
import { type Model, type Progress, type Reply, type Saved, uuid, type Welcome } from "../wire.ts";
import { Link } from "./link.ts";
import { Records } from "./records.ts";
import { Window } from "./window.ts";

/** The first hello waits at most this many ms for IndexedDB; what is found later is sent later. */
const STORAGE_WAIT = 300;
const HELLO_AGAIN = 2000;
const NO_PROGRESS: Progress = { total: 0, pending: 0, draft: 0, submitted: 0, discarded: 0 };

const sessions = new WeakMap<Model, Session>();

/** What all views of one model share: the conversation with the kernel, the outbox, the records held. */
export class Session {
  readonly welcome = signal<Welcome | null>(null);
  readonly undoable = signal(false);
  /** Why the kernel does not let this page in. */
  readonly problem = signal<string | null>(null);
  readonly outbox: Outbox;
  readonly records: Records;
  readonly window: Window;
  readonly link: Link;
  /** The kernel's counts, plus what is still on its way. */
  readonly progress = computed(() => this.#counted());

  #model: Model;
  #stored = signal<Progress>(NO_PROGRESS);
  #newestSeq = 0;
  #views = 0;

  /** The session of this model, made on first use. */
  static of(model: Model): Session {
    let session = sessions.get(model);
    if (!session) {
      session = new Session(model);
      sessions.set(model, session);
      void session.#start();
    }
    return session;
  }

  constructor(model: Model) {
    this.#model = model;
    this.link = new Link(model, (reply) => batch(() => this.#hear(reply)));
    const key = String(model.get("_key") || "desk");
    this.outbox = new Outbox(key, (events, rid) => this.link.post("respond", { events }, rid));
    this.records = new Records(() => this.outbox.newest.value);
    this.window = new Window(this.records, async (queue, after, limit) => {
      const reply = await this.link.ask("records", () => ({ queue, after, limit }));
      return reply.kind === "records" ? reply : null;
    });
  }

  /** A view opened; the returned function says that it closed. */
  enter(): () => void {
    this.#views += 1;
    return () => {
      this.#views -= 1;
      // What still waits goes on being sent: the model may live on without a view.
      if (!this.#views) void this.outbox.drained().then(() => this.#views || this.#rest());
    };
  }

  /** Take back the newest answer once everything before it has arrived. */
  async undo(): Promise<Reply> {
    await this.outbox.drained();
    const event = uuid(); // one id for all attempts: asking twice takes back once
    return this.link.ask("undo", () => ({ event }));
  }

  async #start(): Promise<void> {
    const loaded = this.outbox.load();
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, STORAGE_WAIT))]);
    const pending = () => ({ pending: this.outbox.waiting.value.map((entry) => entry.event.event) });
    const reply = await this.link.ask("hello", pending, () => HELLO_AGAIN);
    if (reply.kind === "refused") this.problem.value = reply.reason;
  }

  #rest(): void {
    this.outbox.close();
    this.link.close();
    sessions.delete(this.#model);
  }

  #hear(reply: Reply): void {
    if (reply.kind === "welcome") this.#welcomed(reply);
    else if (reply.kind === "saved") this.#saved(reply);
    else if (reply.kind === "refused") this.outbox.refuseBatch(reply.rid, reply.reason, reply.again);
    else if (reply.kind === "progress") {
      if (reply.progress.total > this.#stored.value.total) this.window.reopen();
      this.records.merge(reply.views.filter((view) => this.records.get(view.record)));
      this.#count(reply);
    } else if (reply.kind === "undone") {
      this.window.reopen();
      this.records.merge([reply.view]);
      this.#count(reply);
    } else if (reply.kind === "records") this.#count(reply);
  }

  #welcomed(reply: Welcome): void {
    if (this.welcome.value) return; // a second answer to a repeated hello
    this.#count(reply);
    this.window.take(reply.records, reply.end, -1);
    this.welcome.value = reply;
    this.outbox.acknowledge(reply.known);
    this.outbox.open();
  }

  #saved(reply: Saved): void {
    const events = new Map(this.outbox.entries.value.map(({ event }) => [event.event, event]));
    for (const { event } of reply.saved) {
      const stored = events.get(event);
      if (stored) this.records.stored(stored);
    }
    this.outbox.acknowledge(reply.saved.map((stored) => stored.event));
    for (const { event, reason } of reply.refused) this.outbox.refuse(event, reason);
    const seq = Math.max(0, ...reply.saved.map((stored) => stored.seq));
    // Answers can overtake each other: counts that belong to an older answer say less than those we have.
    if (seq >= this.#newestSeq) this.#count(reply);
    this.#newestSeq = Math.max(this.#newestSeq, seq);
  }

  #count(reply: { progress: Progress; undoable: boolean }): void {
    this.#stored.value = reply.progress;
    this.undoable.value = reply.undoable;
  }

  #counted(): Progress {
    const counts = { ...this.#stored.value };
    for (const event of this.outbox.newest.value.values()) {
      counts[this.records.get(event.record)?.response?.status ?? "pending"] -= 1;
      counts[event.status] += 1;
    }
    return counts;
  }
}
