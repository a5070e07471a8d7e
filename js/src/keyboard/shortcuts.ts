import { BULK_KEYS } from "../desk/bulk_keys.ts";
import { QUEUES } from "../desk/queues.ts";
import { focusBox } from "../desk/search_bar.tsx";
import { accept, acceptAll } from "../desk/suggested.tsx";
import type { View } from "../desk/view.ts";
import { markSelected, removeSelected } from "../spans/field.tsx";
import * as focus from "./focus.ts";

/** Where a key press happened: the view, its root, and the element that has the focus. */
export interface Place {
  view: View;
  root: HTMLElement;
  target: HTMLElement;
}

export interface Shortcut {
  /** What the row is called where its keys are changed. */
  id: string;
  /** Key presses as `pressOf` writes them; a function where one row stands for many keys. */
  presses: string[] | ((press: string) => boolean);
  /** The keys as the sheet shows them. */
  shown: string[];
  group: "Answer" | "Choose" | "Mark" | "Move" | "Many" | "More";
  /** Also while typing in a text box, where every other key belongs to the text. */
  inText?: true;
  /** Also while guidelines or keys cover the form: nobody should answer what they do not see. */
  inPanel?: true;
  /** Holding the key down goes on. */
  repeats?: true;
  /** Only where this holds; the first row that holds has the key. */
  when?: (place: Place) => boolean;
  /** False: the key does nothing here and the browser may have it. Absent: the browser does it by itself. */
  run?: (place: Place, press: string) => boolean | undefined;
}

const always = (work: (place: Place, press: string) => unknown) => (place: Place, press: string) => {
  work(place, press);
  return true;
};

const inMarked = ({ target }: Place) => target.matches("[data-fw=spans]");
const compares = ({ view }: Place) =>
  (view.spec.peek()?.questions ?? []).some((question) => question.diff_with || question.fields);

/** Keys while the text of a span question has the focus. */
const MARKING: Shortcut[] = [
  {
    id: "word",
    group: "Mark",
    shown: ["←", "→"],
    presses: ["ArrowLeft", "ArrowRight"],
    run: always(({ view }, press) => view.marking.caret?.step(press.endsWith("Left") ? -1 : 1, false)),
  },
  {
    id: "line",
    group: "Mark",
    shown: ["↑", "↓"],
    presses: ["ArrowUp", "ArrowDown"],
    run: always(({ view }, press) => view.marking.caret?.line(press.endsWith("Up") ? -1 : 1, false)),
  },
  {
    id: "extend",
    group: "Mark",
    shown: ["Shift ← → ↑ ↓"],
    presses: ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"],
    run: always(({ view }, press) => {
      const by = /Left|Up/.test(press) ? -1 : 1;
      if (/Left|Right/.test(press)) view.marking.caret?.step(by, true);
      else view.marking.caret?.line(by, true);
    }),
  },
  {
    id: "character",
    group: "Mark",
    shown: ["Alt Shift ← →"],
    presses: ["Alt+Shift+ArrowLeft", "Alt+Shift+ArrowRight"],
    run: always(({ view }, press) => view.marking.caret?.nudge(press.endsWith("Left") ? -1 : 1)),
  },
  {
    id: "mark",
    group: "Mark",
    shown: ["Space", "1 … 9"],
    presses: [" "],
    run: always(({ view }) => markSelected(view)),
  },
  {
    id: "unmark",
    group: "Mark",
    shown: ["Backspace"],
    presses: ["Backspace", "Delete"],
    run: always(({ view }) => removeSelected(view)),
  },
].map((row): Shortcut => ({ ...row, group: "Mark", when: inMarked, repeats: true }));

/** Every key of the desk: handled from this table, and drawn from it by the sheet. */
export const SHORTCUTS: Shortcut[] = [
  ...BULK_KEYS,
  ...MARKING,
  {
    id: "submit",
    group: "Answer",
    shown: ["Enter"],
    presses: ["Enter"],
    run: always(({ view }) => view.submit()),
  },
  {
    id: "submit-writing",
    group: "Answer",
    shown: ["Ctrl/⌘ Enter"],
    presses: ["Mod+Enter"],
    inText: true,
    run: always(({ view }) => view.submit()),
  },
  {
    id: "discard",
    group: "Answer",
    shown: ["Backspace"],
    presses: ["Backspace"],
    run: always(({ view }) => view.discard()),
  },
  {
    id: "draft",
    group: "Answer",
    shown: ["Ctrl/⌘ S"],
    presses: ["Mod+s"],
    inText: true,
    run: always(({ view }) => view.saveDraft()),
  },
  {
    id: "undo",
    group: "Answer",
    shown: ["z", "Ctrl/⌘ Z"],
    presses: ["z", "Mod+z"],
    run: always(({ view }) => view.undo()),
  },
  {
    id: "redo",
    group: "Answer",
    shown: ["Shift z", "Ctrl/⌘ Shift Z"],
    presses: ["Shift+z", "Mod+Shift+z", "Mod+y"],
    run: always(({ view }) => view.redo()),
  },
  {
    id: "accept",
    group: "Answer",
    shown: [","],
    presses: [","],
    run: always(({ view }) => accept(view)),
  },
  {
    id: "accept-all",
    group: "Answer",
    shown: ["Alt Enter"],
    presses: ["Alt+Enter"],
    run: always(({ view }) => acceptAll(view)),
  },
  {
    id: "comment",
    group: "Answer",
    shown: ["Ctrl/⌘ M"],
    presses: ["Mod+m"],
    inText: true,
    run: always(({ view }) => view.askComment()),
  },
  {
    id: "skip",
    group: "Move",
    shown: ["Shift →"],
    presses: ["Shift+ArrowRight"],
    run: always(({ view }) => view.skip()),
  },
  {
    id: "queue",
    group: "Move",
    shown: ["Alt 1 … 4"],
    presses: (press) => /^Alt\+[1-4]$/.test(press),
    inText: true,
    run: always(({ view }, press) => {
      const queue = QUEUES[Number(press.at(-1)) - 1];
      if (queue) view.choose(queue);
    }),
  },
  {
    id: "goto",
    group: "Move",
    shown: ["Ctrl/⌘ G"],
    presses: ["Mod+g"],
    inText: true,
    run: always(({ root }) => root.querySelector<HTMLInputElement>("[data-fw=goto]")?.select()),
  },
  {
    id: "summary",
    group: "More",
    shown: ["Alt 5"],
    presses: ["Alt+5"],
    inPanel: true,
    run: always(({ view }) => view.toggle("summary")),
  },
  {
    id: "number",
    group: "Choose",
    shown: ["0 … 9"],
    presses: (press) => /^\d$/.test(press),
  },
  {
    id: "tie",
    group: "Choose",
    shown: ["="],
    presses: ["="],
    run: ({ view }) => view.toggleTie(),
  },
  { id: "space", group: "Choose", shown: ["Space"], presses: [" "] },
  {
    id: "move",
    group: "Choose",
    shown: ["Alt ↑", "Alt ↓"],
    presses: ["Alt+ArrowUp", "Alt+ArrowDown"],
    repeats: true,
    run: ({ view, target }, press) => {
      const option = focus.optionOf(target);
      if (option) view.move(option.name, option.at, press.endsWith("Up") ? -1 : 1);
      return option !== null;
    },
  },
  {
    id: "differ",
    group: "More",
    shown: ["d"],
    presses: ["d"],
    when: compares,
    run: always(({ view }) => {
      view.differing.value = !view.differing.peek();
    }),
  },
  {
    id: "letter",
    group: "Choose",
    shown: ["a … y"],
    presses: (press) => /^\p{L}$/u.test(press) && !["b", "g", "z"].includes(press),
    run: ({ view, root }, press) => focus.label(root, view.question, press),
  },
  {
    id: "previous",
    group: "Move",
    shown: ["←"],
    presses: ["ArrowLeft"],
    repeats: true,
    run: always(({ view }) => view.step(-1)),
  },
  {
    id: "next",
    group: "Move",
    shown: ["→"],
    presses: ["ArrowRight"],
    repeats: true,
    run: always(({ view }) => view.step(1)),
  },
  {
    id: "question-before",
    group: "Move",
    shown: ["↑"],
    presses: ["ArrowUp"],
    repeats: true,
    run: always(({ view }) => view.turn(-1)),
  },
  {
    id: "question-after",
    group: "Move",
    shown: ["↓"],
    presses: ["ArrowDown"],
    repeats: true,
    run: always(({ view }) => view.turn(1)),
  },
  {
    id: "write",
    group: "Move",
    shown: ["Shift Enter"],
    presses: ["Shift+Enter"],
    run: always(({ view, root }) => focus.textBox(root, view)),
  },
  {
    id: "leave",
    group: "Move",
    shown: ["Esc"],
    presses: ["Escape"],
    inText: true,
    inPanel: true,
    run: always(({ view, root }) => {
      view.panel.value = null;
      focus.desk(root);
    }),
  },
  {
    id: "tab",
    group: "Move",
    shown: ["Tab"],
    presses: ["Tab", "Shift+Tab"],
    inText: true,
    inPanel: true,
  },
  {
    id: "find",
    group: "Move",
    shown: ["/"],
    presses: ["/"],
    run: always(({ view }) => focusBox(view)),
  },
  {
    id: "similar",
    group: "Move",
    shown: ["Alt /"],
    presses: ["Alt+/"],
    when: ({ view }) => view.search.hasVectors,
    run: always(({ view }) => {
      const record = view.record.peek();
      if (record) void view.search.similar(record);
    }),
  },
  {
    id: "unfold",
    group: "More",
    shown: ["."],
    presses: ["."],
    run: ({ root }) => focus.unfold(root),
  },
  {
    id: "guidelines",
    group: "More",
    shown: ["g"],
    presses: ["g"],
    inPanel: true,
    run: always(({ view }) => view.toggle("guidelines")),
  },
  {
    id: "keys",
    group: "More",
    shown: ["?"],
    presses: ["?"],
    inPanel: true,
    run: always(({ view }) => view.toggle("keys")),
  },
];

/**
 * The table with some keys changed: what was asked for comes first, so that it wins over rows that take many keys.
 *
 * @param keys row id -> presses as `pressOf` writes them; ids that are not there are the kernel's to refuse.
 */
export function remapped(keys: Record<string, string[]> | undefined): Shortcut[] {
  if (!keys) return SHORTCUTS;
  const changed = SHORTCUTS.filter((row) => keys[row.id]).map((row) => ({
    ...row,
    presses: keys[row.id] ?? [],
    shown: (keys[row.id] ?? []).map((press) => press.replace("Mod+", "Ctrl/⌘ ").replaceAll("+", " ")),
  }));
  return [...changed, ...SHORTCUTS.filter((row) => !keys[row.id])];
}

/** A key press as one word: `Mod+Enter` (Ctrl or ⌘), `Alt+ArrowUp`, `Shift+Enter`, `?`, `a`. */
export function pressOf(event: KeyboardEvent): string {
  // With Alt some keyboards type other characters: there the key's own digit or letter counts.
  const [, own] = (event.altKey && !event.ctrlKey && /^(?:Digit|Key)(.)$/.exec(event.code)) || [];
  const key = own ?? event.key;
  const printable = [...key].length === 1;
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const alt = event.altKey ? "Alt+" : "";
  // Which characters need Shift depends on the keyboard's layout: printable ones count as what they print.
  const shift = event.shiftKey && (!printable || mod || /^\p{L}$/u.test(key)) ? "Shift+" : "";
  return mod + alt + shift + (printable ? key.toLowerCase() : key);
}
