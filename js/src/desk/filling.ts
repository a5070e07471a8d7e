import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Keys } from "../question.ts";
import { questionTypes } from "../registry.ts";
import { Marking } from "../spans/marking.ts";
import type { QuestionSpec, RecordView, Suggestion, Value, Values } from "../wire.ts";
import { asked, problemWith, soleChoice } from "./answering.ts";
import type { Many } from "./many.ts";
import { drawnOrder } from "./order.ts";
import type { Session } from "./session.ts";

/** The form of a view: what it holds, which question is active, and what a key or a click does to it. */
export abstract class Filling {
  readonly session: Session;
  readonly position = signal<string | null>(null);
  readonly spec = computed(() => this.session.welcome.value?.spec ?? null);
  abstract readonly record: ReadonlySignal<RecordView | undefined>;
  abstract readonly many: Many;
  readonly values = signal<Values>({});
  /** Index of the question that number keys answer. */
  readonly active = signal(0);
  /** The next ranked option shares the rank before it. */
  readonly tie = signal(false);
  /** Whether choosing the only required answer submits; null until the annotator has said so. */
  readonly autoChosen = signal<boolean | null>(null);
  readonly notice = signal("");
  /** What the annotator remarks on the record, and whether its box is open. */
  readonly comment = signal("");
  readonly commenting = signal(false);
  readonly commentAsked = signal(0);
  /** The model whose suggestions stand first; null for the first that there is. */
  readonly agent = signal<string | null>(null);
  /** The questions that the answers so far let be asked. */
  readonly asked = computed(() => asked(this.spec.value?.questions ?? [], this.values.value));
  /** What marking parts of a text has in hand. */
  readonly marking = new Marking();
  /** Texts that are compared show word by word where they differ. */
  readonly differing = signal(false);
  readonly soleChoice = computed(() => (this.spec.value ? soleChoice(this.spec.value) : null));
  readonly auto = computed(() => this.soleChoice.value !== null && (this.autoChosen.value ?? true));

  #lastPick: number | null = null;

  constructor(session: Session) {
    this.session = session;
  }

  abstract submit(): void;
  /** Something was changed by hand. */
  protected abstract changed(): void;

  get question(): QuestionSpec | undefined {
    return this.spec.peek()?.questions[this.active.peek()];
  }

  set(name: string, value: Value | undefined): void {
    const { [name]: _, ...others } = this.values.peek();
    this.values.value = value === undefined ? others : { ...others, [name]: value };
    this.changed();
  }

  /** Open the box for a remark; it takes the focus. */
  askComment(): void {
    if (!this.record.peek()) return;
    this.commenting.value = true;
    this.commentAsked.value += 1;
  }

  remark(comment: string): void {
    this.comment.value = comment;
    this.changed();
  }

  /** The suggestions for a question, those of the chosen model first. */
  suggestionsFor(name: string): Suggestion[] {
    const all = this.record.value?.suggestions[name] ?? [];
    const chosen = all.filter(({ agent }) => agent === this.agent.value);
    return [...chosen, ...all.filter((each) => !chosen.includes(each))];
  }

  /** Give an answer that was picked as a whole, which may submit the record. */
  give(name: string, value: Value): void {
    const keys = this.#keysOf(name);
    if (keys) this.#picked(name, keys, value);
  }

  /** Pick option `at` of a question, which may submit the record. */
  pick(name: string, at: number): void {
    const keys = this.#keysOf(name);
    if (!keys || (this.position.peek() === null && !this.many.on.peek())) return;
    this.activate(name);
    const value = keys.pick(at, this.values.peek()[name], {
      tie: this.tie.peek(),
      last: this.#lastPick,
      order: this.order(name),
      marking: this.marking,
    });
    this.#lastPick = at;
    this.tie.value = false;
    this.#picked(name, keys, value);
  }

  /** The fields of a pairwise question in the order that this annotator sees on this record; others see another. */
  order(name: string): string[] {
    const fields = this.spec.peek()?.questions.find((question) => question.name === name)?.fields ?? [];
    const here = fields.filter((field) => typeof this.record.peek()?.fields[field] === "string");
    return drawnOrder(here, this.session.welcome.peek()?.user ?? "", this.position.peek() ?? "", name);
  }

  /** The next pick shares the rank before it; in a finished ranking, where nothing is left to pick, the last place does. */
  toggleTie(): boolean {
    const name = this.question?.name ?? "";
    const keys = this.#keysOf(name);
    if (!keys?.tieLast || this.position.peek() === null) return false;
    const tied = keys.tieLast(this.values.peek()[name]);
    if (tied) this.#picked(name, keys, tied);
    else this.tie.value = !this.tie.peek();
    return true;
  }

  move(name: string, at: number, by: -1 | 1): void {
    const keys = this.#keysOf(name);
    if (!keys?.move) return;
    this.activate(name);
    this.set(name, keys.move(at, by, this.values.peek()[name]));
  }

  activate(name: string): void {
    const at = this.spec.peek()?.questions.findIndex((question) => question.name === name) ?? -1;
    if (at >= 0) this.activateAt(at);
  }

  /** Make the question before (-1) or after (1) the active one. */
  turn(by: -1 | 1): void {
    const open = this.asked.peek();
    const at = open.indexOf(this.question as QuestionSpec);
    const next = open[Math.min(open.length - 1, Math.max(0, at + by))];
    if (next) this.activate(next.name);
  }

  #keysOf(name: string): Keys | undefined {
    const spec = this.spec.peek()?.questions.find((question) => question.name === name);
    return spec && questionTypes.get(spec.type)?.keys(spec);
  }

  #picked(name: string, keys: Keys, value: Value | undefined): void {
    this.set(name, value);
    if (!keys.single || value === undefined) return;
    if (this.auto.peek() && this.soleChoice.peek() === name) this.submit();
    else this.#toNextRequired();
  }

  /** The next pick stands by itself. */
  protected forgetPick(): void {
    this.#lastPick = null;
  }

  protected activateAt(at: number): void {
    if (at !== this.active.peek()) this.#lastPick = null;
    this.active.value = at;
  }

  #toNextRequired(): void {
    const questions = this.spec.peek()?.questions ?? [];
    const from = this.active.peek();
    const order = [...questions.keys()].map((at) => (from + 1 + at) % questions.length);
    const next = order.find((at) => {
      const question = questions[at];
      return (
        question?.required &&
        this.asked.peek().includes(question) &&
        problemWith(question, this.values.peek())
      );
    });
    if (next !== undefined) this.activateAt(next);
  }
}
