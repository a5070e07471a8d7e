import { batch, signal } from "@preact/signals";
import { Records } from "../desk/records.ts";
import type { View } from "../desk/view.ts";
import { Window } from "../desk/window.ts";
import { t } from "../text.ts";
import { type GroupReply, type QuestionSpec, type RecordView, uuid, type Values } from "../wire.ts";
import { valueInWords } from "./bulk.ts";

/** Which suggestions shall be accepted together, and how many of them are checked by hand first. */
export interface Wanted {
  question: string;
  value: string | number;
  score: number | null;
  agent: string | null;
  check: number;
  allowed: number;
}

/** Records as a spot check shows them: whatever the kernel says of them, without what is suggested. */
class Unassisted extends Records {
  override merge(views: RecordView[]): void {
    super.merge(views.map((view) => ({ ...view, suggestions: {}, later: {} })));
  }
}

/** Accepting what is suggested for a group of records, after some of them were answered by hand. */
export class Group {
  readonly open = signal(false);
  readonly wanted = signal<Wanted | null>(null);
  readonly state = signal<GroupReply | null>(null);
  readonly problem = signal("");

  #view: View;
  #attempt = uuid();

  constructor(view: View) {
    this.#view = view;
  }

  /** The questions whose suggestions can be accepted together: a single choice or rating that is the whole answer. */
  get questions(): QuestionSpec[] {
    const all = this.#view.spec.value?.questions ?? [];
    const required = all.filter((question) => question.required);
    const kinds = ["label_selection", "rating"];
    return all.filter((each) => kinds.includes(each.type) && required.every((question) => question === each));
  }

  /** Ask how far this group is. */
  async ask(wanted: Wanted): Promise<void> {
    const { session } = this.#view;
    this.wanted.value = wanted;
    await session.outbox.drained(); // a check that is on its way counts
    const reply = await session.link.ask("group", () => ({ ...wanted }));
    if (this.wanted.peek() !== wanted) return;
    batch(() => {
      this.problem.value = reply.kind === "refused" ? reply.reason : "";
      this.state.value = reply.kind === "group" ? reply : null;
    });
  }

  again(): void {
    const wanted = this.wanted.peek();
    if (wanted) void this.ask(wanted);
  }

  /** Show the drawn records one by one. */
  check(): void {
    const view = this.#view;
    const state = this.state.peek();
    if (!state?.records.length) return;
    const records = new Unassisted(() => view.session.outbox.newest.value);
    const window = new Window(records, async () => ({ records: [], end: true })); // there are no more
    const views = state.records.map((each, place) => ({ ...each, index: place, at: each.index }));
    window.take(views, true, -1);
    if (view.many.bulk.on.peek()) view.many.bulk.close();
    view.walkOver({ records, window, check: state.check, total: views.length });
    view.notice.value = t("group.began", { n: views.length });
  }

  /** Submit the suggestion for all that are left. */
  async accept(): Promise<void> {
    const { session } = this.#view;
    const wanted = this.wanted.peek();
    if (!wanted || this.state.peek()?.problem) return;
    const event = this.#attempt;
    const reply = await session.link.ask("accept", () => ({ ...wanted, event }));
    this.#attempt = uuid();
    if (reply.kind === "refused") {
      this.problem.value = reply.reason;
      return;
    }
    if (reply.kind !== "accepted") return;
    const said = t("group.accepted", { n: reply.accepted, what: this.inWords(wanted) });
    this.#view.batch = event;
    this.stop();
    session.forget(); // the page does not know which ones they were
    this.#view.notice.value = said;
  }

  /** No group is wanted any more. */
  leave(): void {
    batch(() => {
      this.state.value = null;
      this.wanted.value = null;
      this.open.value = false;
      this.problem.value = "";
    });
  }

  /** Back to where the group was chosen. */
  stop(): void {
    const view = this.#view;
    this.leave();
    if (view.walk.peek().check) view.walkOver(view.session);
    view.many.bulk.open();
  }

  /** “Tone: rude” */
  inWords({ question, value }: Pick<Wanted, "question" | "value">): string {
    const spec = this.#view.spec.peek()?.questions.find((each) => each.name === question);
    return spec ? `“${spec.title}: ${valueInWords(spec, value as Values[string])}”` : String(value);
  }
}
