import { effect, type Signal, signal, untracked } from "@preact/signals";
import type { Bulk } from "../many/bulk.ts";
import type { Group } from "../many/group.ts";
import { many, manyProblem, type Parts, wantMany } from "../many.ts";
import { t } from "../text.ts";
import type { RecordView } from "../wire.ts";
import type { View } from "./view.ts";

/** What the form gets where it is about many records: nothing of any of them. */
export const MANY: RecordView = {
  record: "",
  index: -1,
  fields: {},
  metadata: {},
  suggestions: {},
  response: null,
};

/** Many records at once, as far as every page has to know of it: the rest is fetched when it is wanted. */
export class Many {
  /** Whether many records are on show; never before the part is here. */
  readonly on: Signal<boolean> = signal(false);

  #view: View;
  #bulk: Bulk | null = null;
  #group: Group | null = null;
  /** Opening waits for the part. */
  #wanted = false;
  #stop: () => void;

  constructor(view: View) {
    this.#view = view;
    this.#stop = effect(() => this.#arrived(many.value !== null, manyProblem.value));
  }

  /** Whoever asks for it has the part: it draws what the part is about. */
  get bulk(): Bulk {
    if (!many.peek()) throw new Error("many at once is not here yet");
    this.#bulk ??= new (many.peek() as Parts).Bulk(this.#view);
    return this.#bulk;
  }

  get group(): Group {
    if (!many.peek()) throw new Error("many at once is not here yet");
    this.#group ??= new (many.peek() as Parts).Group(this.#view);
    return this.#group;
  }

  /** Show many records, as soon as the part is here, or one again; asked a second time while it is fetched, stay. */
  toggle(): void {
    if (!this.#view.session.welcome.peek()) return;
    if (this.on.peek()) this.bulk.close();
    else if (many.peek()) this.bulk.open();
    else {
      this.#wanted = !this.#wanted;
      this.#view.notice.value = this.#wanted ? t("many.busy") : "";
      if (this.#wanted) wantMany();
    }
  }

  stop(): void {
    this.#stop();
    this.#bulk?.stop();
  }

  #arrived(here: boolean, problem: string): void {
    if (!this.#wanted || (!here && !problem)) return;
    this.#wanted = false;
    untracked(() => {
      this.#view.notice.value = here ? "" : t("many.not_shown", { why: problem });
      if (here) this.bulk.open();
    });
  }
}
