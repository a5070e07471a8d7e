import { batch, computed, type Signal, signal } from "@preact/signals";
import { askedValues, firstProblem } from "../desk/answering.ts";
import { Filling } from "../desk/filling.ts";
import type { Link } from "../desk/link.ts";
import type { Many } from "../desk/many.ts";
import type { Session } from "../desk/session.ts";
import type { View } from "../desk/view.ts";
import { t } from "../text.ts";
import { type RecordView, uuid, type Value, type Values } from "../wire.ts";
import { type Told, Unheard } from "./unheard.ts";
import type {
  Reviewed,
  ReviewProgress,
  ReviewRecord,
  ReviewReply,
  ReviewUndone,
  ReviewWelcome,
} from "./wire.ts";

/** What covers the record: nothing, or one of these. */
export type Cover = "guidelines" | "keys" | null;

/** An answer on its way back: whose it is, once that is chosen, and what the reviewer says to it. */
export interface Sending {
  to: string | null;
  words: string;
}

const NONE: ReviewProgress = { total: 0, disputed: 0, decided: 0, waiting: 0 };

/**
 * One open review desk: the record on show, and what the reviewer is doing about it.
 *
 * It fills the same form as an annotator's view does, from the same parts: `asView` is what these see of it.
 */
export class ReviewView extends Filling {
  readonly link: Link;
  readonly welcome: Signal<ReviewWelcome | null>;
  readonly current = signal<ReviewRecord | null>(null);
  readonly counts = signal(NONE);
  /** Whether nothing is left to decide. */
  readonly done = signal(false);
  /** Whether the reviewer answers the questions. */
  readonly editing = signal(false);
  readonly sending = signal<Sending | null>(null);
  /** Whether something is on its way to the store. */
  readonly busy = signal(false);
  /** Why the kernel does not let this page in. */
  readonly problem = signal<string | null>(null);
  override readonly record = computed<RecordView | undefined>(() => {
    const found = this.current.value;
    return found ? { ...found, suggestions: {}, response: null } : undefined;
  });

  // What the parts of the labelling desk ask their view for, besides the form.
  override readonly many = { on: signal(false) } as unknown as Many;
  readonly search = { hasVectors: false };
  readonly walk = signal({});
  readonly marks = signal<string[]>([]);
  readonly status = signal(null);
  readonly panel = signal<Cover>(null);
  readonly finished = signal({ count: 0, at: Number.NEGATIVE_INFINITY });

  #unheard: Unheard | null = null;
  /** The record that comes next, asked for while this one is looked at. */
  #ahead: { record: string; found: Promise<ReviewRecord | undefined> } | null = null;

  constructor(link: Link) {
    const welcome = signal<ReviewWelcome | null>(null);
    super({ welcome, link, progress: computed(() => this.counts.value) } as unknown as Session);
    this.link = link;
    this.welcome = welcome;
    this.autoChosen.value = false; // a decision is looked at before it is written
    this.differing.value = true;
  }

  get asView(): View {
    return this as unknown as View;
  }

  async start(): Promise<void> {
    const reply = await this.#ask("hello");
    if (reply.kind === "refused") this.problem.value = reply.reason;
    if (reply.kind !== "welcome") return;
    batch(() => {
      this.welcome.value = reply;
      this.counts.value = reply.progress;
      this.#show(reply.records[0]);
    });
    this.#unheard = new Unheard(reply.dataset.key, reply.user);
    for (const told of this.#unheard.left()) await this.#tell(told);
  }

  /** What the kernel says without being asked. */
  hear(reply: ReviewReply): void {
    if (reply.kind === "form" && this.welcome.peek())
      this.welcome.value = { ...(this.welcome.peek() as ReviewWelcome), spec: reply.spec };
    if (reply.kind !== "progress") return;
    this.counts.value = reply.progress;
    this.#ahead = null; // it may be another one by now
    const here = reply.views.find(({ record }) => record === this.current.peek()?.record);
    if (here) this.#draw(here);
    else if (reply.more) void this.#again();
    if (this.done.peek()) void this.#goOn(-1);
  }

  // -- deciding -----------------------------------------------------------------------------------------------------

  /** Decide on what an annotator answered, by the place of the answer. */
  adopt(at: number): void {
    const answer = this.current.peek()?.answers[at];
    if (answer) this.#act("adopt", { answer: answer.key });
  }

  /** Answer the questions oneself, beginning with what is decided or what all say. */
  edit(): void {
    const record = this.current.peek();
    if (!record) return;
    batch(() => {
      this.values.value = { ...agreed(record), ...record.decided };
      this.comment.value = record.decision?.comment ?? "";
      this.commenting.value = this.comment.peek() !== "";
      this.active.value = 0;
      this.editing.value = true;
      this.notice.value = "";
    });
  }

  /** Write down what is in hand: one's own answer, or an answer that goes back. */
  override submit(): void {
    if (this.sending.peek()) this.#send();
    else if (this.editing.peek()) this.#decide();
  }

  #decide(): void {
    const spec = this.spec.peek();
    if (!spec) return;
    const problem = firstProblem(spec, this.values.peek());
    if (problem) {
      this.activateAt(problem.at);
      this.notice.value = problem.why;
      return;
    }
    const values = askedValues(spec.questions, this.values.peek());
    this.#act("decide", { values, comment: this.comment.peek().trim() || null });
  }

  /** Give an answer back to its annotator: first whose, then why. */
  sendBack(): void {
    const answers = this.current.peek()?.answers ?? [];
    const [only, ...others] = answers;
    if (!only) this.notice.value = t("review.none_here");
    else
      batch(() => {
        this.sending.value = { to: others.length ? null : only.key, words: "" };
        this.notice.value = "";
      });
  }

  sendTo(at: number): void {
    const answer = this.current.peek()?.answers[at];
    const sending = this.sending.peek();
    if (answer && sending) this.sending.value = { ...sending, to: answer.key };
  }

  say(words: string): void {
    const sending = this.sending.peek();
    if (sending) this.sending.value = { ...sending, words };
  }

  #send(): void {
    const { to, words } = this.sending.peek() ?? {};
    if (!to) this.notice.value = t("review.send_to");
    else this.#act("send_back", { answer: to, comment: words?.trim() || null });
  }

  /** Leave what is in hand as it was. */
  cancel(): void {
    batch(() => {
      this.editing.value = false;
      this.sending.value = null;
      this.notice.value = "";
      this.values.value = this.current.peek()?.decided ?? {};
    });
  }

  /** Take back one's newest decision, or bring an answer that was sent back home again. */
  async undo(): Promise<void> {
    if (!this.busy.peek()) await this.#tell({ kind: "undo", body: { event: uuid() } });
  }

  #act(kind: string, body: object): void {
    const record = this.current.peek()?.record;
    if (!record || this.busy.peek()) return;
    this.finished.value = { count: this.finished.peek().count + 1, at: performance.now() };
    void this.#tell({ kind, body: { event: uuid(), record, ...body } });
  }

  /** Have something written down. However often it is told, also by a page that is loaded again, it is done once. */
  async #tell(told: Told): Promise<void> {
    batch(() => {
      this.busy.value = true;
      this.notice.value = "";
    });
    this.#unheard?.put(told);
    const reply = await this.#ask(told.kind, told.body);
    this.#unheard?.remove(told);
    this.busy.value = false;
    if (reply.kind === "refused") this.notice.value = reply.reason;
    if (reply.kind === "undone") this.#takenBack(reply);
    if (reply.kind === "reviewed") await this.#reviewed(reply);
  }

  #takenBack({ progress, view }: ReviewUndone): void {
    batch(() => {
      this.counts.value = progress;
      if (view) this.#show(view);
      this.notice.value = t(view ? "review.undone" : "review.undone_none");
    });
  }

  async #reviewed({ progress, view }: Reviewed): Promise<void> {
    this.counts.value = progress;
    if (this.current.peek()?.record !== view.record) return; // went elsewhere meanwhile
    this.#draw(view);
    this.cancel();
    await this.#goOn(view.index);
  }

  // -- moving -------------------------------------------------------------------------------------------------------

  toggle(cover: Cover): void {
    this.panel.value = this.panel.peek() === cover ? null : cover;
  }

  /** Go to the record before (-1) or after (1) this one, decided or not. */
  async step(by: -1 | 1): Promise<void> {
    const from = this.current.peek()?.index ?? this.counts.peek().total;
    const reply = await this.#ask("records", by > 0 ? { after: from, limit: 1 } : { before: from, limit: 1 });
    if (reply.kind !== "records" || (this.current.peek()?.index ?? from) !== from) return;
    if (reply.records[0]) this.#show(reply.records[0]);
    else this.notice.value = t(by < 0 ? "notice.first" : "notice.last");
  }

  /** Go to the next record that waits for a decision; from the end on to those that were passed over. */
  async #goOn(after: number): Promise<void> {
    const from = this.current.peek()?.record;
    const ahead = this.#ahead;
    const ready = ahead && ahead.record === from ? ahead.found : this.#next(after);
    const found = (await ready) ?? (await this.#next(-1));
    if (this.current.peek()?.record === from) this.#show(found);
  }

  async #next(after: number): Promise<ReviewRecord | undefined> {
    const reply = await this.#ask("records", { after, open: true, limit: 1 });
    return reply.kind === "records" ? reply.records[0] : undefined;
  }

  /** The record on show may have changed, too. */
  async #again(): Promise<void> {
    const from = this.current.peek();
    if (!from) return;
    const reply = await this.#ask("records", { after: from.index - 1, limit: 1 });
    const found = reply.kind === "records" ? reply.records[0] : undefined;
    if (found && found.record === this.current.peek()?.record) this.#draw(found);
  }

  #show(record: ReviewRecord | undefined): void {
    this.#ahead = record ? { record: record.record, found: this.#next(record.index) } : null;
    batch(() => {
      this.done.value = !record;
      this.current.value = record ?? null;
      this.position.value = record?.record ?? null;
      this.marking.clear();
      this.forgetPick();
      this.cancel();
    });
  }

  /** The same record, as it is by now. */
  #draw(record: ReviewRecord): void {
    this.current.value = record;
    if (!this.editing.peek()) this.values.value = record.decided;
  }

  // -- the form -----------------------------------------------------------------------------------------------------

  /** A text on show can be selected at any time; it is marked only by whoever is answering. */
  override set(name: string, value: Value | undefined): void {
    if (this.editing.peek()) super.set(name, value);
  }

  /** Nothing is kept of what is not decided. */
  pause(): void {}

  protected override changed(): void {
    this.notice.value = "";
  }

  async #ask(kind: string, body: object = {}): Promise<ReviewReply> {
    return (await this.link.ask(kind, () => body)) as unknown as ReviewReply;
  }
}

/** What all who answered say alike, by question. */
export function agreed({ answers }: ReviewRecord): Values {
  const submitted = answers.filter(({ status }) => status === "submitted").map(({ values }) => values);
  const [first = {}, ...others] = submitted;
  const same = Object.entries(first).filter(([name, value]) =>
    others.every((values) => JSON.stringify(values[name]) === JSON.stringify(value)),
  );
  return Object.fromEntries(same);
}
