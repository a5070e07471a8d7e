import { signal } from "@preact/signals";
import type { Caret } from "./caret.ts";
import type { Place } from "./spans.ts";

/** What marking a text has in hand, across the record's pane and the form. */
export class Marking {
  /** The label that the next selection gets, by question. */
  readonly brush = signal<Record<string, string>>({});
  /** What is selected in a field, in code points: a label key applies to it. */
  readonly selected = signal<(Place & { field: string }) | null>(null);
  /** Selections keep to single characters instead of growing to whole words. */
  readonly byCharacter = signal(false);
  /** The caret of the text on show, while the text is there. */
  caret: Caret | null = null;

  /** Another record: nothing is selected in it. */
  clear(): void {
    this.selected.value = null;
  }
}
