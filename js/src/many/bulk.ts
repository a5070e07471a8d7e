import { batch, computed, effect, type Signal, signal, untracked } from "@preact/signals";
import { askedValues, firstProblem, isForMany } from "../desk/answering.ts";
import { Records } from "../desk/records.ts";
import type { Walk } from "../desk/session.ts";
import type { View } from "../desk/view.ts";
import { Window } from "../desk/window.ts";
import { t } from "../text.ts";
import {
  type AnswerEvent,
  type QuestionSpec,
  type Queue,
  type RecordView,
  type Status,
  type Suggestion,
  uuid,
  type Value,
  type Values,
} from "../wire.ts";

export const SIZES = [10, 25, 50, 100];
/** The most records that are answered at once. */
export const MOST = 10_000;
/** Names of records asked for at a time. */
const IDS = 500;

/** What shall be done once it is confirmed. */
export interface Plan {
  /** What is asked, in one sentence. */
  words: string;
  /** What else is to be known about it. */
  more: string;
  work(): void | Promise<void>;
}

interface Given {
  record: string;
  index: number;
  values: Values;
  suggestions: string[];
}

/** A page of records has nothing ahead of it: where everything is forgotten, it is loaded again. */
class Page extends Window {
  #reload: () => void;

  constructor(records: Records, reload: () => void) {
    super(records, async () => null);
    this.#reload = reload;
  }

  override restart(): void {
    this.#reload();
  }
}

/** Many records at once: a page of them, those that are selected, and one answer for all of these. */
export class Bulk {
  readonly on: Signal<boolean>;
  readonly rows = signal<RecordView[]>([]);
  readonly size = signal(25);
  readonly cards = signal(false);
  readonly busy = signal(false);
  /** The row that keys are about. */
  readonly at = signal(0);
  readonly chosen = signal<ReadonlySet<string>>(new Set());
  /** Selected records beyond this page, with their place in the annotator's order. */
  readonly beyond = signal<ReadonlyMap<string, number>>(new Map());
  readonly plan = signal<Plan | null>(null);
  /** Whether a page follows this one. */
  readonly more = signal(false);
  readonly back = signal<number[]>([]);
  readonly count = computed(() => this.chosen.value.size + this.beyond.value.size);
  /** Events given here that the kernel has refused. */
  readonly refused = computed(() =>
    this.#view.session.outbox.refused.value.filter(({ event }) => event.shown.bulk),
  );
  /** The answers of the records on the page, as far as this page knows. */
  readonly records: Records;
  readonly stop: () => void;

  #view: View;
  #walk: Walk;
  #after = -1;
  #last = -1;
  #anchor = 0;
  #shownAt = Date.now();
  #round = 0;

  constructor(view: View) {
    this.#view = view;
    this.on = view.many.on;
    this.records = new Records(() => view.session.outbox.newest.value);
    this.#walk = { records: this.records, window: new Page(this.records, () => void this.reload()) };
    // Another queue, or something else found: its first page.
    this.stop = effect(() => {
      void view.walk.value;
      if (this.on.peek()) untracked(() => this.#first());
    });
  }

  // -- opening and turning pages --------------------------------------------------------------------------------------

  open(): void {
    if (!this.#view.session.welcome.peek()) return;
    this.#view.session.walks.add(this.#walk);
    batch(() => {
      this.on.value = true; // together, or the next record would be shown in between
      this.#view.leaveRecord();
    });
    this.#first();
  }

  close(): void {
    this.#round += 1;
    this.#view.session.walks.delete(this.#walk);
    batch(() => {
      this.on.value = false;
      this.plan.value = null;
      this.#select([], 0);
      this.rows.value = [];
      this.#view.leaveRecord();
    });
  }

  /** Show the page that begins after a place, of everything or of what a search found. */
  async load(after: number, chosen: ReadonlySet<string> = new Set()): Promise<void> {
    const { session, search } = this.#view;
    this.#round += 1;
    const round = this.#round;
    this.busy.value = true;
    const token = search.found.peek()?.token;
    const body = { queue: this.#queue, after, limit: this.size.peek(), ...(token && { token }) };
    const reply = await session.link.ask("records", () => body);
    if (round !== this.#round) return;
    batch(() => {
      this.busy.value = false;
      if (reply.kind !== "records") {
        this.#view.notice.value = reply.kind === "refused" ? t("many.not_shown", { why: reply.reason }) : "";
        return;
      }
      session.records.merge(reply.records);
      this.records.merge(reply.records);
      this.rows.value = reply.records;
      this.more.value = !reply.end;
      this.#after = after;
      this.#last = reply.places?.at(-1) ?? reply.records.at(-1)?.index ?? after;
      this.#shownAt = Date.now();
      const still = reply.records.filter(({ record }) => chosen.has(record));
      this.#select(still, still.length ? this.at.peek() : 0);
    });
  }

  #first(): void {
    this.back.value = [];
    void this.load(-1);
  }

  resize(size: number): void {
    this.size.value = size;
    this.#first();
  }

  /** Go to the page before (-1) or after (1) this one. */
  turn(by: -1 | 1): void {
    const back = this.back.peek();
    if (by > 0 && this.more.peek()) {
      this.back.value = [...back, this.#after];
      void this.load(this.#last);
    } else if (by < 0 && back.length) {
      this.back.value = back.slice(0, -1);
      void this.load(back.at(-1) ?? -1);
    } else this.#view.notice.value = by < 0 ? t("bulk.first") : t("bulk.last");
  }

  /** Show the page as it is by now; what was selected on it and is still there stays selected. */
  reload(): Promise<void> {
    return this.load(this.#after, this.chosen.peek());
  }

  /** Which queue is paged through: that of the walk it began from. */
  get #queue(): Queue {
    return this.#view.walk.peek().queue ?? "pending";
  }

  // -- selecting ------------------------------------------------------------------------------------------------------

  /** Select a row, or no longer; with `range`, everything between it and the row before. */
  choose(at: number, range = false): void {
    const row = this.rows.peek()[at];
    if (!row) return;
    const next = new Set(this.chosen.peek());
    if (range) {
      const [from, to] = [Math.min(at, this.#anchor), Math.max(at, this.#anchor)];
      for (const each of this.rows.peek().slice(from, to + 1)) next.add(each.record);
    } else {
      if (!next.delete(row.record)) next.add(row.record);
      this.#anchor = at;
    }
    batch(() => {
      this.at.value = at;
      this.chosen.value = next;
      this.beyond.value = new Map();
    });
  }

  /** Go some rows on, selecting what lies between if asked to. */
  move(by: number, extend: boolean): void {
    const rows = this.rows.peek().length;
    const at = Math.max(0, Math.min(rows - 1, this.at.peek() + by));
    if (extend && !this.chosen.peek().size) {
      this.#anchor = this.at.peek();
      this.choose(this.#anchor);
    }
    if (extend) this.choose(at, true);
    else this.at.value = at;
  }

  /** Select the page; a second time, everything that follows and goes before, after a question. */
  chooseAll(): void {
    const rows = this.rows.peek();
    if (!rows.length) return;
    if (this.chosen.peek().size < rows.length) return this.#select(rows, this.at.peek());
    if (!this.more.peek() && !this.back.peek().length) return;
    const what = this.#view.search.found.peek()
      ? t("bulk.every_found", { n: rows.length })
      : t("bulk.every_queue", { n: rows.length });
    this.plan.value = {
      words: what,
      more: t("bulk.most", { n: MOST }),
      work: () => this.#nameAll(),
    };
  }

  chooseNone(): void {
    this.#select([], this.at.peek());
  }

  #select(rows: RecordView[], at: number): void {
    batch(() => {
      this.chosen.value = new Set(rows.map((row) => row.record));
      this.beyond.value = new Map();
      this.at.value = at;
      this.#anchor = at;
    });
  }

  async #nameAll(): Promise<void> {
    const { link } = this.#view.session;
    const token = this.#view.search.found.peek()?.token;
    const found = new Map<string, number>();
    this.busy.value = true;
    for (let after = -1, end = false; !end && found.size < MOST; ) {
      const body = { queue: this.#queue, after, limit: IDS, ...(token && { token }) };
      const reply = await link.ask("ids", () => body);
      if (reply.kind !== "ids") {
        this.#view.notice.value =
          reply.kind === "refused" ? t("bulk.not_selected", { why: reply.reason }) : "";
        break;
      }
      for (const [at, id] of reply.ids.entries()) found.set(id, reply.indices[at] ?? 0);
      ({ last: after, end } = reply);
    }
    this.busy.value = false;
    for (const { record } of this.rows.peek()) found.delete(record);
    const room = MOST - this.chosen.peek().size;
    this.beyond.value = new Map([...found].slice(0, room));
  }

  // -- answering ------------------------------------------------------------------------------------------------------

  /** Ask whether everything that is selected shall get the answer in the form. */
  finish(status: Status): void {
    const { spec, values } = this.#view;
    const form = spec.peek();
    if (!form || this.plan.peek() || !this.#some()) return;
    const answer = askedValues(form.questions.filter(isForMany), values.peek());
    const inside = form.questions.find((question) => question.required && !isForMany(question));
    if (status === "submitted" && inside) return this.#say(t("bulk.inside", { title: inside.title }));
    const problem = status === "submitted" ? firstProblem(form, answer) : null;
    if (problem) return this.#say(problem.why);
    const given = this.#selected(status === "draft").map((each) => ({ ...each, values: answer }));
    if (!given.length) return this.#say(t("bulk.stand"));
    const what = answerInWords(form.questions, answer);
    const records = counted(given.length);
    const words = {
      submitted: t("bulk.submit", { what, records }),
      discarded: t("bulk.discard", { records }),
      draft: t("bulk.draft", { what, records }),
    }[status];
    this.#ask(words, this.#replaced(given), given, status);
  }

  /** Ask whether the records selected on this page shall get what is suggested for them. */
  acceptSuggestions(): void {
    const form = this.#view.spec.peek();
    if (!form || this.plan.peek() || !this.#some()) return;
    const given: Given[] = [];
    let left = 0;
    for (const each of this.#selected(false)) {
      const { suggestions = {} } = this.records.get(each.record) ?? {};
      const values = askedValues(form.questions, bestOf(suggestions));
      if (!Object.keys(values).length || firstProblem(form, values)) left += 1;
      else given.push({ ...each, values });
    }
    if (!given.length) return this.#say(t("bulk.no_suggestions"));
    const out = left ? t("bulk.left_out", { n: left }) : "";
    const words = t("bulk.submit_suggested", { n: given.length, what: tally(form.questions, given) });
    this.#ask(words, [out, this.#replaced(given)].filter(Boolean).join(" "), given, "submitted");
  }

  /** Do what was asked. */
  confirm(): void {
    const plan = this.plan.peek();
    this.plan.value = null;
    void plan?.work();
  }

  cancel(): void {
    this.plan.value = null;
  }

  #ask(words: string, more: string, given: Given[], status: Status): void {
    this.plan.value = { words, more, work: () => this.#put(given, status) };
  }

  #say(words: string): void {
    this.#view.notice.value = words;
  }

  #some(): boolean {
    if (!this.count.peek()) this.#say(t("bulk.select_first"));
    return this.count.peek() > 0;
  }

  /** What is selected, in order; what is answered for good only where it may be replaced. */
  #selected(pendingOnly: boolean): Given[] {
    const here = this.rows.peek().filter((row) => this.chosen.peek().has(row.record));
    const rows = here.map(({ record, index, suggestions }) => ({
      record,
      index,
      values: {},
      suggestions: Object.keys(suggestions),
    }));
    const beyond = [...this.beyond.peek()].map(([record, index]) => ({
      record,
      index,
      values: {},
      suggestions: [], // nobody has seen them
    }));
    return [...rows, ...beyond].filter(({ record }) => !pendingOnly || this.records.isPending(record));
  }

  #replaced(given: Given[]): string {
    const count = given.filter(({ record }) => !this.records.isPending(record)).length;
    if (!count) return "";
    return t("bulk.replaced", { n: count });
  }

  #put(given: Given[], status: Status): void {
    const view = this.#view;
    const spent = Math.max(0, Date.now() - this.#shownAt);
    const started = new Date(this.#shownAt).toISOString();
    const batched = given.length > 1 ? { batch: uuid() } : {};
    view.batch = batched.batch ?? null;
    const events = given.map(({ record, index, values, suggestions }) => ({
      event: {
        event: uuid(),
        record,
        status,
        values: status === "discarded" ? {} : values,
        started,
        duration_ms: Math.round(spent / given.length),
        shown: { suggestions, bulk: true, ...batched },
      } satisfies AnswerEvent,
      index,
    }));
    batch(() => {
      view.session.outbox.putAll(events);
      view.finished.value = { count: view.finished.peek().count + 1, at: performance.now() };
      view.values.value = {};
      view.active.value = 0;
      this.#select([], this.at.peek());
      this.#shownAt = Date.now();
      this.#say(t(`bulk.past_${status}`, { n: given.length }));
    });
    const open = this.rows.peek().some((row) => this.records.isPending(row.record));
    // The page is answered: the next one, once the kernel knows.
    if (!open)
      void view.session.outbox.drained().then(() => {
        if (this.on.peek()) void this.reload();
      });
  }
}

/** What is suggested first for each question. */
function bestOf(suggestions: Record<string, Suggestion[]>): Values {
  const best = Object.entries(suggestions).map(([name, [first]]) => [name, first?.value]);
  return Object.fromEntries(best.filter(([, value]) => value !== undefined));
}

export function counted(records: number): string {
  return t("records", { n: records });
}

/** “Tone: rude · Worth: 4” */
export function answerInWords(questions: QuestionSpec[], values: Values): string {
  const parts = questions
    .filter((question) => values[question.name] !== undefined)
    .map((question) => `${question.title}: ${valueInWords(question, values[question.name] as Value)}`);
  return parts.length ? `“${parts.join(" · ")}”` : t("bulk.empty_answer");
}

export function valueInWords(question: QuestionSpec, value: Value): string {
  const text = (each: string) => question.options?.find((option) => option.value === each)?.text ?? each;
  if (!Array.isArray(value))
    return typeof value === "object" ? value.choice : shortened(text(String(value)), 60);
  const all = value.map((each) =>
    typeof each === "string" ? text(each) : text("value" in each ? each.value : each.label),
  );
  return shortened(all.join(", "), 80);
}

export function shortened(text: string, most: number): string {
  return text.length > most ? `${[...text.slice(0, most)].slice(0, -1).join("")}…` : text;
}

/** “8 rude, 4 polite” of the first question that one word answers, else what kind of answers they are. */
function tally(questions: QuestionSpec[], given: Given[]): string {
  const question = questions.find((each) => given.every(({ values }) => values[each.name] !== undefined));
  if (!question) return t("bulk.each");
  const counts = new Map<string, number>();
  for (const { values } of given) {
    const words = valueInWords(question, values[question.name] as Value);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const most = [...counts].sort(([, one], [, other]) => other - one);
  const shown = most.slice(0, 5).map(([words, count]) => `${count} × ${words}`);
  if (most.length > 5) shown.push(t("bulk.others", { n: most.length - 5 }));
  return `${question.title}: ${shown.join(", ")}`;
}
