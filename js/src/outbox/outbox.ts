import { computed, signal } from "@preact/signals";
import { patience } from "../desk/link.ts";
import { type AnswerEvent, uuid } from "../wire.ts";
import { Mirror } from "./mirror.ts";
import { type Entry, type Shelf, shelfFor } from "./shelf.ts";

/** The most events that one `respond` may carry. */
const BATCH = 500;
/** An answer unacknowledged for this many ms is said to be late. */
export const LATE = 2000;

interface Plan {
  due: number;
  attempts: number;
  /** Whether it may have reached the kernel. */
  sent: boolean;
}

/**
 * Answers that the kernel has not acknowledged yet: sent at once, again after 2, 4, 8, 15, 15 … s, never forgotten.
 *
 * Events about one record keep their order: a later one is never sent while an earlier one is on its way, for if that one was
 * lost and sent again it would arrive last and win.
 */
export class Outbox {
  readonly entries = signal<Entry[]>([]);
  readonly waiting = computed(() => this.entries.value.filter((entry) => entry.refused === null));
  readonly refused = computed(() => this.entries.value.filter((entry) => entry.refused !== null));
  /** The newest waiting event of each record: what the desk shows as the record's answer. */
  readonly newest = computed(() => new Map(this.waiting.value.map(({ event }) => [event.record, event])));
  readonly late = signal(false);
  /** What the kernel last said against storing anything, e.g. that the disk is full. */
  readonly trouble = signal<string | null>(null);
  /** False where the browser keeps nothing over a reload. */
  readonly mirrored = signal(true);

  #send: (events: AnswerEvent[], rid: string) => boolean;
  #shelf: Shelf = { entries: new Map(), listeners: new Set() };
  #mirror: Mirror | null = null;
  #plans = new Map<string, Plan>();
  #batches = new Map<string, string[]>();
  /** What was acknowledged before the mirror had been read: it must not come back from there. */
  #gone = new Set<string>();
  #read = false;
  #open = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lateTimer: ReturnType<typeof setTimeout> | undefined;
  #empty: (() => void)[] = [];

  constructor(send: (events: AnswerEvent[], rid: string) => boolean) {
    this.#send = send;
  }

  /** Say whose answers these are; nothing is put in or taken over before. */
  name(key: string): void {
    this.#shelf = shelfFor(key);
    this.#shelf.listeners.add(this.#changed);
    this.#mirror = new Mirror(key, () => {
      this.mirrored.value = false;
    });
    this.#changed();
  }

  /** Take over what an earlier page left behind. */
  async load(): Promise<void> {
    const mirror = this.#mirror;
    const found = (await mirror?.load()) ?? [];
    for (const entry of found) {
      const id = entry.event.event;
      if (this.#gone.has(id) || this.#shelf.entries.has(id)) continue;
      this.#shelf.entries.set(id, entry);
      this.#plans.set(id, { due: 0, attempts: 0, sent: true });
    }
    if (mirror) this.#read = true;
    if (found.length) this.#tell();
    this.flush();
  }

  /** The kernel is there: send everything that waits, in one batch. */
  open(): void {
    this.#open = true;
    for (const plan of this.#plans.values()) Object.assign(plan, { due: 0, attempts: 0 });
    this.flush();
  }

  /** Keep an answer until it is acknowledged; it is sent as soon as the key press has been handled. */
  put(event: AnswerEvent, index: number): void {
    this.putAll([{ event, index }]);
  }

  /** Keep many answers, each as `put` does. */
  putAll(given: { event: AnswerEvent; index: number }[]): void {
    const records = new Set(given.map(({ event }) => event.record));
    const replaced = [...this.#shelf.entries.values()].filter(({ event, refused }) => {
      const unsent = this.#plans.get(event.event)?.sent === false;
      return records.has(event.record) && (refused !== null || (event.status === "draft" && unsent));
    });
    this.#forget(replaced.map(({ event }) => event.event));
    const entries = given.map(({ event, index }) => ({ event, index, at: Date.now(), refused: null }));
    for (const entry of entries) {
      this.#shelf.entries.set(entry.event.event, entry);
      this.#plans.set(entry.event.event, { due: 0, attempts: 0, sent: false });
    }
    this.#mirror?.put(entries);
    this.#tell();
    // Still within the key press: it costs half a millisecond now, and the whole frame once the browser has begun to draw.
    queueMicrotask(() => this.flush());
  }

  acknowledge(events: string[]): void {
    this.#forget(events);
    this.trouble.value = null;
    this.#tell();
    this.flush(); // what was held back behind an acknowledged event of the same record
  }

  refuse(event: string, reason: string): void {
    const entry = this.#shelf.entries.get(event);
    if (!entry) return;
    const refused = { ...entry, refused: reason };
    this.#shelf.entries.set(event, refused);
    this.#mirror?.put([refused]);
    this.#tell();
    this.flush();
  }

  /** A whole `respond` was refused. One event is to blame; a batch is sent again one by one to find it. */
  refuseBatch(rid: string, reason: string, again: boolean): void {
    const batch = this.#batches.get(rid);
    if (!batch) return;
    const events = batch.filter((event) => this.#shelf.entries.has(event));
    this.#batches.delete(rid);
    if (again) this.trouble.value = reason;
    else if (events.length === 1 && events[0]) this.refuse(events[0], reason);
    else for (const event of events) this.#dispatch([event]);
  }

  /** Drop a refused answer: the person has mended it or does not want it. */
  dismiss(...events: string[]): void {
    this.#forget(events);
    this.#tell();
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (!this.waiting.value.length) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#lateTimer);
    this.#open = false;
    this.#shelf.listeners.delete(this.#changed);
  }

  /** Send what is due, at most one message on its way per record. */
  flush(): void {
    if (!this.#open) return;
    const now = Date.now();
    const due: string[] = [];
    const onItsWay = new Map<string, boolean>();
    for (const { event } of this.waiting.value) {
      if (!onItsWay.has(event.record)) onItsWay.set(event.record, this.#due(event) > now);
      if (!onItsWay.get(event.record)) due.push(event.event);
    }
    for (let start = 0; start < due.length; start += BATCH) this.#dispatch(due.slice(start, start + BATCH));
    this.#schedule();
  }

  #dispatch(ids: string[]): void {
    const rid = uuid();
    const sent = this.#send(
      ids.flatMap((id) => this.#shelf.entries.get(id)?.event ?? []),
      rid,
    );
    if (sent) this.#batches.set(rid, ids);
    for (const id of ids) {
      const plan = this.#plans.get(id) ?? { attempts: 0, sent: false };
      const due = Date.now() + patience(plan.attempts);
      this.#plans.set(id, { due, attempts: plan.attempts + 1, sent: plan.sent || sent });
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#open || !this.waiting.value.length) return;
    const first = new Map<string, number>();
    for (const { event } of this.waiting.value) {
      if (!first.has(event.record)) first.set(event.record, this.#due(event));
    }
    const due = Math.min(...first.values());
    this.#timer = setTimeout(() => this.flush(), Math.max(0, due - Date.now()));
  }

  #due(event: AnswerEvent): number {
    return this.#plans.get(event.event)?.due ?? 0;
  }

  #forget(events: string[]): void {
    for (const event of events) {
      if (!this.#read) this.#gone.add(event);
      this.#plans.delete(event);
      this.#shelf.entries.delete(event);
    }
    this.#mirror?.remove(events);
  }

  #tell(): void {
    for (const listener of [...this.#shelf.listeners]) listener();
  }

  #changed = (): void => {
    const entries = [...this.#shelf.entries.values()];
    for (const { event } of entries) {
      // Put there by another desk of this page: it sends first, we help when it has had its chance.
      if (this.#plans.has(event.event)) continue;
      this.#plans.set(event.event, { due: Date.now() + LATE, attempts: 0, sent: true });
    }
    this.entries.value = entries;
    this.#tidy();
    this.#watch();
    if (this.waiting.value.length) return;
    for (const resolve of this.#empty.splice(0)) resolve();
  };

  /** Forget how events were sent that nobody keeps any more: acknowledged here, or by another desk of this page. */
  #tidy(): void {
    const { entries } = this.#shelf;
    for (const id of this.#plans.keys()) if (!entries.has(id)) this.#plans.delete(id);
    for (const [rid, ids] of this.#batches) {
      if (!ids.some((id) => entries.has(id))) this.#batches.delete(rid);
    }
  }

  #watch(): void {
    clearTimeout(this.#lateTimer);
    const oldest = this.waiting.value[0];
    const left = oldest ? oldest.at + LATE - Date.now() : 1;
    this.late.value = left <= 0;
    if (oldest && left > 0) this.#lateTimer = setTimeout(() => this.#watch(), left);
  }
}
