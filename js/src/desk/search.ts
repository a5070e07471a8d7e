import { batch, effect, signal, untracked } from "@preact/signals";
import type { Found, Query, Queue, RecordsReply, RecordView } from "../wire.ts";
import { queueWalk } from "./queues.ts";
import { Records } from "./records.ts";
import type { View } from "./view.ts";
import { Window } from "./window.ts";

type PersonalQueue = Exclude<Queue, "all">;

/** Typing is searched for after a pause of this many ms. */
const PAUSE = 250;
/** Hits asked for at a time. */
const LIMIT = 20;

/** What a view looks for. While it looks for something, it walks over the hits instead of everything. */
export class Search {
  readonly open = signal(false);
  /** What is asked for; an empty one asks for everything. */
  readonly query = signal<Query>({});
  /** What was found; null where everything is walked over. */
  readonly found = signal<Found | null>(null);
  readonly busy = signal(false);
  /** Why the kernel does not search for this. */
  readonly problem = signal("");

  #view: View;
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void;

  constructor(view: View) {
    this.#view = view;
    this.#stop = effect(() => {
      const set = view.session.asked.value;
      if (set) untracked(() => this.#follow(set.query));
    });
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  /** Look for other words, after a pause in typing. */
  type(text: string): void {
    this.query.value = withPart(this.query.peek(), "text", text.trim() ? text : undefined);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(this.query.peek()), PAUSE);
  }

  /** What was typed is meant: search at once. */
  now(queue?: PersonalQueue): Promise<void> {
    return this.ask(this.query.peek(), queue);
  }

  /** Look for something else, in the queue that is walked through, or in another one. */
  async ask(query: Query, queue: PersonalQueue = this.#view.walk.peek().queue ?? "pending"): Promise<void> {
    clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    const { link } = this.#view.session;
    batch(() => {
      this.query.value = query;
      this.problem.value = "";
      this.busy.value = true;
    });
    const reply = await link.ask("search", () => ({ query, queue: "pending", limit: LIMIT }));
    if (round !== this.#round) return; // something else is wanted by now
    batch(() => {
      this.busy.value = false;
      if (reply.kind === "refused") this.problem.value = reply.reason;
      else if (reply.kind === "found") this.#take(reply, queue);
    });
  }

  /** Records like this one, the most similar first; other conditions stay, words and order go. */
  similar(record: RecordView): Promise<void> {
    const { text: _text, sort: _sort, ...rest } = this.query.peek();
    this.open.value = true;
    const [vector] = this.#view.session.welcome.peek()?.finding?.vectors ?? [];
    return this.ask({ ...rest, similar_to: record.record, ...(vector !== undefined && { vector }) });
  }

  /** Everything is asked for again. */
  clear(): void {
    void this.ask({});
  }

  get hasVectors(): boolean {
    return (this.#view.session.welcome.value?.finding?.vectors.length ?? 0) > 0;
  }

  #follow(query: Query | null): void {
    this.open.value = this.open.peek() || query !== null;
    if (query || this.found.peek()) void this.ask(query ?? {});
  }

  #take(reply: Found, queue: PersonalQueue): void {
    const view = this.#view;
    const any = Object.keys(reply.query).length > 0;
    view.marks.value = any ? reply.marks : [];
    this.found.value = any ? reply : null;
    if (queue !== "pending") view.walkOver(queueWalk(view.session, queue, any ? reply : null));
    else if (any) view.walkOver(this.#walk(reply));
    else if (view.walk.peek() !== view.session) view.walkOver(view.session);
  }

  #walk(found: Found) {
    const { session } = this.#view;
    const records = new Records(() => session.outbox.newest.value);
    const window = new Window(records, async (queue, after, limit) => {
      const body = { queue, after, limit, token: found.token };
      const reply = await session.link.ask("records", () => body);
      if (reply.kind === "records") return { ...reply, records: placed(reply) };
      // The kernel no longer holds these hits: it was restarted, or much was searched since.
      if (this.found.peek() === found) void this.ask(this.query.peek());
      return null;
    });
    const { lease } = session.welcome.peek() ?? {};
    if (lease) window.limitTo(lease.records);
    window.take(placed(found), found.end, -1, found.held);
    return { records, window, total: found.total };
  }
}

/** The records with their place among the hits as their index. */
export function placed({ records, places }: Pick<RecordsReply, "records" | "places">): RecordView[] {
  return records.map((view, at) => ({ ...view, index: places?.[at] ?? at, at: view.index }));
}

/** The query with one part set, or left out. */
export function withPart<Part extends keyof Query>(
  query: Query,
  part: Part,
  value: Query[Part] | undefined,
): Query {
  const { [part]: _, ...rest } = query;
  return value === undefined ? rest : { ...rest, [part]: value };
}

/** The query with one condition of a part set, or left out. */
export function withCondition<Part extends "answers" | "suggestions" | "metadata">(
  query: Query,
  part: Part,
  name: string,
  value: NonNullable<Query[Part]>[string] | undefined,
): Query {
  const { [name]: _, ...rest } = (query[part] ?? {}) as Record<string, unknown>;
  const conditions = value === undefined ? rest : { ...rest, [name]: value };
  const some = Object.keys(conditions).length > 0;
  return withPart(query, part, (some ? conditions : undefined) as Query[Part]);
}
