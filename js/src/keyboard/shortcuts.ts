import type { View } from "../desk/view.ts";
import * as focus from "./focus.ts";

/** Where a key press happened: the view, its root, and the element that has the focus. */
export interface Place {
  view: View;
  root: HTMLElement;
  target: HTMLElement;
}

export interface Shortcut {
  /** Key presses as `pressOf` writes them; a function where one row stands for many keys. */
  presses: string[] | ((press: string) => boolean);
  /** The keys as the sheet shows them. */
  shown: string[];
  text: string;
  group: "Answer" | "Choose" | "Move" | "More";
  /** Also while typing in a text box, where every other key belongs to the text. */
  inText?: true;
  /** Also while guidelines or keys cover the form: nobody should answer what they do not see. */
  inPanel?: true;
  /** Holding the key down goes on. */
  repeats?: true;
  /** False: the key does nothing here and the browser may have it. Absent: the browser does it by itself. */
  run?: (place: Place, press: string) => boolean | undefined;
}

const always = (work: (place: Place) => unknown) => (place: Place) => {
  work(place);
  return true;
};

/** Every key of the desk: handled from this table, and drawn from it by the sheet. */
export const SHORTCUTS: Shortcut[] = [
  {
    group: "Answer",
    shown: ["Enter"],
    presses: ["Enter"],
    text: "Submit",
    run: always(({ view }) => view.submit()),
  },
  {
    group: "Answer",
    shown: ["Ctrl/⌘ Enter"],
    presses: ["Mod+Enter"],
    inText: true,
    text: "Submit, also while writing",
    run: always(({ view }) => view.submit()),
  },
  {
    group: "Answer",
    shown: ["Backspace"],
    presses: ["Backspace"],
    text: "Discard the record",
    run: always(({ view }) => view.discard()),
  },
  {
    group: "Answer",
    shown: ["Ctrl/⌘ S"],
    presses: ["Mod+s"],
    inText: true,
    text: "Save a draft",
    run: always(({ view }) => view.saveDraft()),
  },
  {
    group: "Answer",
    shown: ["z", "Ctrl/⌘ Z"],
    presses: ["z", "Mod+z"],
    text: "Undo the last answer",
    run: always(({ view }) => view.undo()),
  },
  {
    group: "Choose",
    shown: ["0 … 9"],
    presses: (press) => /^\d$/.test(press),
    text: "Pick an option, give a rating, rank next; two digits in quick succession are one number",
  },
  {
    group: "Choose",
    shown: ["="],
    presses: ["="],
    text: "Ranking: a tie; the next pick, or the last place of a finished ranking, shares the rank before it",
    run: ({ view }) => view.toggleTie(),
  },
  { group: "Choose", shown: ["Space"], presses: [" "], text: "Pick the focused option" },
  {
    group: "Choose",
    shown: ["Alt ↑", "Alt ↓"],
    presses: ["Alt+ArrowUp", "Alt+ArrowDown"],
    repeats: true,
    text: "Ranking: move the focused option",
    run: ({ view, target }, press) => {
      const option = focus.optionOf(target);
      if (option) view.move(option.name, option.at, press.endsWith("Up") ? -1 : 1);
      return option !== null;
    },
  },
  {
    group: "Choose",
    shown: ["a … y"],
    presses: (press) => /^\p{L}$/u.test(press) && !["g", "z"].includes(press),
    text: "Labels: go to the first that begins so",
    run: ({ view, root }, press) => focus.label(root, view.question, press),
  },
  {
    group: "Move",
    shown: ["←"],
    presses: ["ArrowLeft"],
    repeats: true,
    text: "Previous record",
    run: always(({ view }) => view.step(-1)),
  },
  {
    group: "Move",
    shown: ["→"],
    presses: ["ArrowRight"],
    repeats: true,
    text: "Next record",
    run: always(({ view }) => view.step(1)),
  },
  {
    group: "Move",
    shown: ["↑"],
    presses: ["ArrowUp"],
    repeats: true,
    text: "Previous question",
    run: always(({ view }) => view.turn(-1)),
  },
  {
    group: "Move",
    shown: ["↓"],
    presses: ["ArrowDown"],
    repeats: true,
    text: "Next question",
    run: always(({ view }) => view.turn(1)),
  },
  {
    group: "Move",
    shown: ["Shift Enter"],
    presses: ["Shift+Enter"],
    text: "Write in the text box",
    run: always(({ view, root }) => focus.textBox(root, view)),
  },
  {
    group: "Move",
    shown: ["Esc"],
    presses: ["Escape"],
    inText: true,
    inPanel: true,
    text: "Leave the text box, close what is open",
    run: always(({ view, root }) => {
      view.panel.value = null;
      focus.desk(root);
    }),
  },
  {
    group: "Move",
    shown: ["Tab"],
    presses: ["Tab", "Shift+Tab"],
    inText: true,
    inPanel: true,
    text: "From one control to the next",
  },
  {
    group: "More",
    shown: ["g"],
    presses: ["g"],
    inPanel: true,
    text: "Guidelines",
    run: always(({ view }) => view.toggle("guidelines")),
  },
  {
    group: "More",
    shown: ["?"],
    presses: ["?"],
    inPanel: true,
    text: "This sheet",
    run: always(({ view }) => view.toggle("keys")),
  },
];

/** A key press as one word: `Mod+Enter` (Ctrl or ⌘), `Alt+ArrowUp`, `Shift+Enter`, `?`, `a`. */
export function pressOf(event: KeyboardEvent): string {
  const printable = [...event.key].length === 1;
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const alt = event.altKey ? "Alt+" : "";
  // Which characters need Shift depends on the keyboard's layout: printable ones count as what they print.
  const shift = event.shiftKey && (!printable || mod) ? "Shift+" : "";
  return mod + alt + shift + (printable ? event.key.toLowerCase() : event.key);
}
