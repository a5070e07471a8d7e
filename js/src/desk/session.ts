import { batch, computed, signal } from "@preact/signals";
import { Outbox } from "../outbox/outbox.ts";
import {
  type AnswerEvent,
  type Model,
  type Progress,
  type Query,
  type Reply,
  type Saved,
  type Status,
  uuid,
  type Welcome,
} from "../wire.ts";
import { Leases } from "./leases.ts";
import { Link } from "./link.ts";
import { Records } from "./records.ts";
import { Window } from "./window.ts";

/** The first hello waits at most this many ms for IndexedDB; what is found later is sent later. */
const STORAGE_WAIT = 300;
const HELLO_AGAIN = 2000;
/** The most records that one message may name. */
const HELD = 100;
const NO_PROGRESS: Progress = { total: 0, pending: 0, draft: 0, submitted: 0, discarded: 0 };

/** Where the model remembers its session. Never saved to the kernel: only the views of this page read it. */
const MARK = "_fw_session";
const sessions = new Map<unknown, Session>();

/** Records in an order, and the next ones of them. */
export interface Walk {
  records: Records;
  window: Window;
  /** Where it is a queue of answers. */
  queue?: Status;
  /** Where it is the spot check of a group: what its answers are marked with. */
  check?: string;
  /** How many records there are, where these are not all of them. */
  total?: number;
}

/** What all views of one model share: the conversation with the kernel, the outbox, the records held. */
export class Session {
  readonly welcome = signal<Welcome | null>(null);
  readonly undoable = signal(false);
  readonly redoable = signal(false);
  /** Why the kernel does not let this page in. */
  readonly problem = signal<string | null>(null);
  readonly outbox: Outbox;
  readonly records: Records;
  readonly window: Window;
  readonly link: Link;
  readonly leases: Leases;
  /** What the kernel has to say about an answer, for whoever looks at the desk now. */
  readonly said = signal("");
  /** What Python wants the views to look for, each time it says so. */
  readonly asked = signal<{ query: Query | null } | null>(null);
  /** What views walk over: everything, and what their searches found. All of them hear the news. */
  readonly walks = new Set<Walk>([this]);
  /** Settles once what was on show when everything was forgotten is here anew. */
  anew: Promise<unknown> = Promise.resolve();
  /** The kernel's counts, plus what is still on its way. */
  readonly progress = computed(() => this.#counted());

  #key: string;
  #stored = signal<Progress>(NO_PROGRESS);
  #newestSeq = 0;

  /** Join the session of this model; the first view starts it. */
  static join(model: Model): Session {
    let session = sessions.get(model.get(MARK));
    if (!session) {
      session = new Session(String(model.get("_key") ?? ""));
      sessions.set(session.link.client, session);
      // Each view gets a model object of its own: this is how the next one recognises that it shows the same model.
      model.set(MARK, session.link.client);
      void session.#start();
    }
    session.link.join(model);
    return session;
  }

  constructor(key: string) {
    this.link = new Link((reply) => batch(() => this.#hear(reply)));
    this.outbox = new Outbox((events, rid) => this.link.post("respond", { events }, rid));
    this.records = new Records(() => this.outbox.newest.value);
    this.window = new Window(this.records, async (queue, after, limit) => {
      const reply = await this.link.ask("records", () => ({ queue, after, limit }));
      return reply.kind === "records" ? reply : null;
    });
    this.leases = new Leases(this.link, {
      held: () => [...new Set([...this.walks].flatMap(({ records }) => records.open()))].slice(0, HELD),
      lost: (lost) => {
        for (const { records } of this.walks) records.close(lost);
      },
      again: () => {
        for (const { window } of this.walks) window.lookAgain();
      },
    });
    this.#key = key;
    if (key) this.outbox.name(key);
  }

  /** A view closed. With the last one the session ends; what waits stays in the outbox for the next desk of this dataset. */
  leave(model: Model): void {
    this.outbox.flush();
    if (this.link.views === 1) this.leases.stop();
    if (this.link.leave(model)) return;
    this.outbox.close();
    this.link.close();
    sessions.delete(this.link.client);
  }

  /** Take back the newest answer once everything before it has arrived; `batch` names those given at once that are meant. */
  async undo(batch: string | null): Promise<Reply> {
    await this.outbox.drained();
    const event = uuid(); // one id for all attempts: asking twice takes back once
    return this.link.ask("undo", () => ({ event, batch }));
  }

  /** Take the newest undo back. */
  async redo(): Promise<Reply> {
    await this.outbox.drained();
    const event = uuid();
    return this.link.ask("redo", () => ({ event }));
  }

  /** Much was answered elsewhere: look at everything anew, at once at what is on show. */
  forget(): void {
    const shown = new Set<string>();
    for (const { records, window, check } of this.walks) {
      if (check) continue; // these come from one message, and from nowhere else
      for (const record of records.drop()) shown.add(record);
      window.restart();
    }
    this.anew = Promise.all([...shown].map((record) => this.#again(record)));
  }

  async #again(record: string): Promise<void> {
    const reply = await this.link.ask("goto", () => ({ record }));
    if (reply.kind === "went") for (const { records } of this.walks) records.refresh([reply.view]);
  }

  async #start(): Promise<void> {
    const loaded = this.outbox.load();
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, STORAGE_WAIT))]);
    const pending = () => ({ pending: this.outbox.waiting.value.map((entry) => entry.event.event) });
    const reply = await this.link.ask("hello", pending, () => HELLO_AGAIN);
    if (reply.kind === "refused") this.problem.value = reply.reason;
  }

  #hear(reply: Reply): void {
    if (reply.kind === "welcome") this.#welcomed(reply);
    else if (reply.kind === "saved") this.#saved(reply);
    else if (reply.kind === "refused") this.outbox.refuseBatch(reply.rid, reply.reason, reply.again);
    else if (reply.kind === "progress") {
      const { total, pending } = this.#stored.value;
      const back = reply.views.some(({ returned }) => returned); // a draft that waits again
      const waits = reply.progress.total > total || reply.progress.pending > pending || back;
      for (const { records, window, queue } of this.walks) {
        if (waits || queue) window.reopen();
        records.refresh(reply.views);
      }
      if (reply.more) this.forget(); // of others that changed the page knows no names
      this.#count(reply);
    } else if (reply.kind === "undone" || reply.kind === "redone") {
      for (const { records, window } of this.walks) {
        window.reopen();
        records.refresh([reply.view]);
      }
      if (reply.count > 1) this.forget();
      this.records.merge([reply.view]);
      this.#count(reply);
    } else if (reply.kind === "records" || reply.kind === "found" || reply.kind === "accepted")
      this.#count(reply);
    else if (reply.kind === "query") this.asked.value = { query: reply.query };
    else if ((reply.kind === "labelled" || reply.kind === "form") && this.welcome.value)
      this.welcome.value = { ...this.welcome.value, spec: reply.spec };
  }

  #welcomed(reply: Welcome): void {
    if (this.welcome.value) return; // a second answer to a repeated hello
    this.#count(reply);
    if (reply.lease) this.window.limitTo(reply.lease.records);
    this.leases.start(reply.lease ?? null);
    this.window.take(reply.records, reply.end, -1, reply.held);
    this.welcome.value = reply;
    if (reply.finding?.query) this.asked.value = { query: reply.finding.query };
    if (!this.#key) {
      // A host that keeps traits to itself: the kernel's own words name the outbox.
      this.outbox.name(`${reply.dataset.key}/${reply.user}`);
      void this.outbox.load();
    }
    this.outbox.acknowledge(reply.known);
    this.outbox.open();
  }

  #saved(reply: Saved): void {
    const events = new Map(this.outbox.entries.value.map(({ event }) => [event.event, event]));
    for (const { event } of reply.saved) {
      const stored = events.get(event);
      if (stored) for (const { records } of this.walks) records.stored(stored);
    }
    this.outbox.acknowledge(reply.saved.map((stored) => stored.event));
    for (const { event, record, reason, kept } of reply.refused) {
      const given = events.get(event);
      if (kept) this.#kept(event, record, reason, given);
      else this.outbox.refuse(event, reason);
    }
    const seq = Math.max(0, ...reply.saved.map((stored) => stored.seq));
    // Answers can overtake each other: counts that belong to an older answer say less than those we have.
    if (seq >= this.#newestSeq) this.#count(reply);
    this.#newestSeq = Math.max(this.#newestSeq, seq);
  }

  /** Others were quicker: the answer is stored as a draft, and is not sent again. */
  #kept(event: string, record: string, reason: string, given: AnswerEvent | undefined): void {
    for (const { records } of this.walks) {
      if (given) records.stored({ ...given, status: "draft" });
      records.close([record]);
    }
    this.outbox.acknowledge([event]);
    this.said.value = `${reason}.`;
  }

  #count(reply: { progress: Progress; undoable: boolean; redoable?: boolean }): void {
    this.#stored.value = reply.progress;
    this.undoable.value = reply.undoable;
    this.redoable.value = reply.redoable ?? false;
  }

  #counted(): Progress {
    const counts = { ...this.#stored.value };
    for (const event of this.outbox.newest.value.values()) {
      const view = this.records.get(event.record);
      const before = view?.response?.status ?? (view?.closed && counts.closed ? "closed" : "pending");
      counts[before] = (counts[before] ?? 0) - 1;
      counts[event.status] += 1;
    }
    return counts;
  }
}
