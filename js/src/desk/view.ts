import { batch, computed, effect, type Signal, signal, untracked } from "@preact/signals";
import { t } from "../text.ts";
import { type Layout, type RecordView, type Status, uuid, type Values } from "../wire.ts";
import { askedValues, firstProblem, prefilled } from "./answering.ts";
import { Filling } from "./filling.ts";
import { Many } from "./many.ts";
import { Pace } from "./pace.ts";
import { queueWalk } from "./queues.ts";
import type { Records } from "./records.ts";
import { Search } from "./search.ts";
import type { Session, Walk } from "./session.ts";
import { redo, undo } from "./taking_back.ts";

/** A pause of this many ms in changing a form saves a draft. */
const DRAFT_PAUSE = 1500;

interface Form {
  values: Values;
  comment: string;
}

export type PanelName = "guidelines" | "keys" | "summary";

/** One open desk: where it stands, what its form holds. Two views of one dataset do not fight over this. */
export class View extends Filling {
  /** What this view goes through: everything, or what a search found. */
  readonly walk: Signal<Walk>;
  readonly search: Search;
  override readonly many: Many;
  readonly panel = signal<PanelName | null>(null);
  readonly pace = new Pace();
  /** The answers given at once that the next undo may take back together. */
  batch: string | null = null;
  /** Words that every field highlights: what a search was for. */
  readonly marks = signal<string[]>([]);
  /** How many records this view has submitted or discarded, and when it did last (as `performance.now()` counts). */
  readonly finished = signal({ count: 0, at: Number.NEGATIVE_INFINITY });
  override readonly record = computed(() => {
    this.session.records.version.value;
    this.walk.value.records.version.value;
    return this.#home(this.position.value).get(this.position.value);
  });
  readonly status = computed(() => {
    this.session.records.version.value;
    this.walk.value.records.version.value;
    return this.position.value === null
      ? null
      : (this.#home(this.position.value).answer(this.position.value)?.status ?? null);
  });
  readonly phase = computed(() => {
    const { records, window } = this.walk.value;
    records.version.value;
    if (!this.session.welcome.value) return "connecting";
    if (this.many.on.value) return "bulk";
    if (this.record.value) return "record";
    if (window.heldByOthers) return "held";
    return window.done ? "done" : "waiting";
  });

  #after = -1;
  #clean = "";
  #shownAt = 0;
  #kept = new Map<string, Form>();
  /** The record on show, and its submitted or discarded answer. */
  #seen: { record: string | undefined; final: string } = { record: undefined, final: "" };
  #opened = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #undoing: Promise<void> = Promise.resolve();
  #stop: () => void;
  #place = () => this.record.peek()?.index;

  constructor(session: Session) {
    super(session);
    this.walk = signal<Walk>(session);
    session.records.places.add(this.#place);
    this.search = new Search(this);
    this.many = new Many(this);
    const stops = [this.#open, this.#settle, this.#repeat, this.#follow].map((each) =>
      effect(() => each.call(this)),
    );
    this.#stop = () => {
      for (const stop of stops) stop();
    };
  }

  /** Keep what was typed, and stop. */
  close(): void {
    this.#stop();
    this.search.close();
    this.many.stop();
    this.session.records.places.delete(this.#place);
    this.#leave();
    if (this.walk.peek() !== this.session) this.session.walks.delete(this.walk.peek());
  }

  // -- answering ----------------------------------------------------------------------------------------------------

  toggle(panel: PanelName): void {
    this.panel.value = this.panel.peek() === panel ? null : panel;
  }

  override submit(): void {
    if (this.many.on.peek()) return this.many.bulk.finish("submitted");
    const spec = this.spec.peek();
    if (!spec || !this.record.peek()) return;
    const problem = firstProblem(spec, this.values.peek());
    if (problem) {
      this.activateAt(problem.at);
      this.notice.value = problem.why;
    } else if (!this.#reveal()) this.#finish("submitted");
  }

  discard(): void {
    if (this.many.on.peek()) return this.many.bulk.finish("discarded");
    if (this.record.peek()) this.#finish("discarded");
  }

  saveDraft(): void {
    if (this.many.on.peek()) return this.many.bulk.finish("draft");
    if (!this.record.peek()) return;
    if (!this.#isPending()) {
      this.notice.value = t("notice.stands");
      return;
    }
    if (!this.#isStored("draft")) this.#put("draft");
    this.notice.value = t("notice.draft");
  }

  /** Keep what was changed as a draft. A final answer is never unmade this way: its changes stay in this view until submitted. */
  pause(): void {
    clearTimeout(this.#timer);
    if (this.#dirty() && this.#isPending()) this.#put("draft");
  }

  /** Take back the newest answer and offer its values for mending. */
  undo(): Promise<void> {
    this.#undoing = this.#undoing.then(() => undo(this));
    return this.#undoing;
  }

  /** Take the newest undo back: that answer stands again. */
  redo(): Promise<void> {
    this.#undoing = this.#undoing.then(() => redo(this));
    return this.#undoing;
  }

  /** An undo was taken back: the record on show is answered again. */
  stands(): void {
    const view = this.record.peek();
    if (!view) return;
    this.#take(this.#stored(view));
    this.#go(view.index);
  }

  /** Put this record off until nothing else is left. */
  skip(): void {
    const view = this.record.peek();
    const walk = this.walk.peek();
    if (!view) return;
    if (walk.queue) {
      void this.step(1);
      return;
    }
    batch(() => {
      if (this.#isPending()) {
        this.#leave();
        walk.records.skip(view);
        this.pace.finish("skipped");
      }
      this.finished.value = { count: this.finished.peek().count + 1, at: performance.now() };
      this.#go(view.index);
      this.notice.value = this.position.peek() === view.record ? t("notice.left") : t("notice.skipped");
    });
  }

  // -- moving -------------------------------------------------------------------------------------------------------

  /** Go through one queue: what waits, or one's own drafts, submitted or discarded answers. */
  choose(queue: Layout["queue"]): void {
    if (!this.session.welcome.peek()) return;
    if (this.search.found.peek()) void this.search.now(queue);
    else if (queue === "pending") {
      if (this.walk.peek() === this.session && this.many.on.peek()) void this.many.bulk.reload();
      else if (this.walk.peek() === this.session) this.#go(-1);
      else this.walkOver(this.session);
    } else this.walkOver(queueWalk(this.session, queue));
  }

  /** Go to the record before (-1) or after (1) this one, answered or not. */
  async step(by: -1 | 1): Promise<void> {
    const { records, window } = this.walk.peek();
    const { progress } = this.session;
    const from = this.record.peek()?.index ?? progress.peek().total;
    let beside = records.beside(from, by);
    if (!beside && from + by >= 0 && from + by < progress.peek().total) {
      await window.beside(from, by);
      if ((this.record.peek()?.index ?? progress.peek().total) !== from) return; // went elsewhere meanwhile
      beside = records.beside(from, by);
    }
    if (beside) this.show(beside);
    else if (this.position.peek() !== null) this.notice.value = by < 0 ? t("notice.first") : t("notice.last");
  }

  show(view: RecordView, offered?: Values, remark?: string | null): void {
    const unsaved = this.#leave(offered !== undefined);
    const { values: stored, comment: remarked } = this.#stored(view);
    const kept = offered ? undefined : this.#kept.get(view.record);
    const comment = remark ?? remarked;
    batch(() => {
      this.position.value = view.record;
      this.values.value = offered ?? kept?.values ?? stored;
      this.comment.value = kept?.comment ?? comment;
      this.commenting.value = this.comment.peek() !== "";
      this.#clean = fingerprint(offered ?? stored, comment);
      this.#kept.delete(view.record);
      this.active.value = 0;
      this.notice.value = unsaved;
      this.tie.value = false;
    });
    this.pace.begin();
    this.marking.clear();
    this.forgetPick();
    this.#shownAt = Date.now();
    this.walk.peek().window.keepAhead(view.index);
  }

  /** Go through something else from now on, from its start: what a search found, or everything again. */
  walkOver(walk: Walk): void {
    const { walks } = this.session;
    this.#leave();
    batch(() => {
      const before = this.walk.peek();
      if (before !== this.session) {
        walks.delete(before);
        before.records.places.delete(this.#place);
      }
      walks.add(walk);
      walk.records.places.add(this.#place);
      this.#nowhere();
      this.notice.value = "";
      this.#after = -1;
      this.walk.value = walk;
    });
  }

  // -- inside -------------------------------------------------------------------------------------------------------

  /** The records among which one is held: those that are walked over, else all. */
  #home(record: string | null): Records {
    const { records } = this.walk.value;
    return records.get(record) ? records : this.session.records;
  }

  /** What a form begins with where nothing was changed. */
  #stored(view: RecordView): Form {
    const answer = this.#home(view.record).answer(view.record);
    const values = answer?.values ?? prefilled(this.spec.peek()?.questions ?? [], view);
    return { values, comment: answer?.comment ?? "" };
  }

  #take({ values, comment }: Form): void {
    this.values.value = values;
    this.comment.value = comment;
    this.commenting.value = comment !== "";
    this.#clean = this.#now();
  }

  /** The record on show was answered elsewhere, or its answer taken back: a form in which nothing was changed says so, too. */
  #follow(): void {
    const view = this.record.value;
    const answer = view && this.#home(view.record).answer(view.record);
    const final = answer && answer.status !== "draft" ? fingerprint(answer.values, answer.comment ?? "") : "";
    const before = this.#seen;
    this.#seen = { record: view?.record, final };
    if (!view || view.record !== before.record || final === before.final || this.#dirty()) return;
    this.#take(this.#stored(view));
  }

  /** What would be sent: nothing of questions that are not asked. */
  #answers(): Values {
    return askedValues(this.spec.peek()?.questions ?? [], this.values.peek());
  }

  #isPending(): boolean {
    const record = this.position.peek();
    return record !== null && this.#home(record).isPending(record);
  }

  /** The same answer a second time says nothing new: it is not written again. */
  #isStored(status: Status): boolean {
    const record = this.position.peek() ?? "";
    const answer = this.#home(record).answer(record);
    const now = fingerprint(this.#answers(), this.comment.peek().trim());
    return answer?.status === status && fingerprint(answer.values, answer.comment ?? "") === now;
  }

  #dirty(): boolean {
    return this.position.peek() !== null && this.#now() !== this.#clean;
  }

  #now(): string {
    return fingerprint(this.values.peek(), this.comment.peek());
  }

  protected override changed(): void {
    this.notice.value = "";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pause(), DRAFT_PAUSE);
  }

  /** Show what was held back until there is an answer; true where there is something to see first. */
  #reveal(): boolean {
    const view = this.record.peek();
    const { later } = view ?? {};
    if (!view || !later || !Object.keys(later).length || !this.#isPending()) return false;
    const before = this.#answers();
    for (const { records } of this.session.walks)
      records.refresh([
        { ...view, index: records.get(view.record)?.index ?? view.index, suggestions: later, later: {} },
      ]);
    this.#put("draft", before);
    this.notice.value = t("notice.noted");
    return true;
  }

  #put(status: Status, first?: Values): void {
    const view = this.record.peek();
    if (!view) return;
    const values = this.#answers();
    const before = first ?? this.#home(view.record).answer(view.record)?.before;
    const comment = this.comment.peek().trim() || null;
    const orders = (this.spec.peek()?.questions ?? [])
      .filter((question) => question.fields)
      .map((question) => [question.name, this.order(question.name)]);
    const event = {
      event: uuid(),
      record: view.record,
      status,
      values,
      started: new Date(this.#shownAt).toISOString(),
      duration_ms: this.pace.spent(),
      comment,
      shown: {
        suggestions: Object.keys(view.suggestions),
        ...(before && { before }),
        ...(this.walk.peek().check && { check: this.walk.peek().check as string }),
        ...(orders.length && { order: Object.fromEntries(orders) as Record<string, string[]> }),
      },
    };
    clearTimeout(this.#timer);
    this.#clean = this.#now();
    this.session.outbox.put(event, view.at ?? view.index);
  }

  #finish(status: "submitted" | "discarded"): void {
    const index = this.record.peek()?.index ?? -1;
    const wasPending = this.#isPending();
    batch(() => {
      if (!this.#isStored(status)) {
        this.#put(status);
        this.pace.finish(status);
      }
      this.finished.value = { count: this.finished.peek().count + 1, at: performance.now() };
      this.#go(wasPending || this.walk.peek().queue ? index : -1); // after an old answer: back to the first unanswered record
    });
  }

  #go(after: number): void {
    this.#after = after;
    const { window } = this.walk.peek();
    const next = window.next(after);
    if (next && next !== "wait") return this.show(next);
    this.#leave();
    this.#nowhere();
    window.keepAhead(after, true);
  }

  /** Show no record: many are looked at, or are no longer. */
  leaveRecord(): void {
    this.#leave();
    this.#nowhere();
    this.active.value = 0;
  }

  #nowhere(): void {
    this.position.value = null;
    this.values.value = {};
    this.comment.value = "";
    this.commenting.value = false;
  }

  /** Begin in the queue that the desk was asked to open. */
  #open(): void {
    const queue = this.session.welcome.value?.desk?.queue;
    if (!queue || this.#opened) return;
    this.#opened = true;
    if (queue !== "pending") untracked(() => this.choose(queue));
  }

  /** While no record is shown, show the next one as soon as there is one. */
  #settle(): void {
    const { records, window } = this.walk.value;
    records.version.value;
    if (!this.session.welcome.value || this.position.value !== null || this.many.on.value) return;
    const next = window.next(this.#after);
    if (next === "wait") window.keepAhead(this.#after, true);
    else if (next) this.show(next);
  }

  /** Say what the kernel has to say about an answer given here. */
  #repeat(): void {
    const said = this.session.said.value;
    if (said) this.notice.value = said;
  }

  /** Keep what was changed; returns what there is to say about it. */
  #leave(keep = false): string {
    clearTimeout(this.#timer);
    const record = this.position.peek();
    if (record === null || !this.#dirty()) return "";
    const final = !this.#isPending();
    if (!keep && !final) this.#put("draft");
    else this.#kept.set(record, { values: this.values.peek(), comment: this.comment.peek() });
    const index = this.record.peek()?.index;
    return final && index !== undefined ? t("notice.unsent", { n: index + 1 }) : "";
  }
}

/** The same for the same answers, in whichever order they were given. */
function fingerprint(values: Values, comment: string): string {
  return JSON.stringify([Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)), comment]);
}
