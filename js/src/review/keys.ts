import * as focus from "../keyboard/focus.ts";
import { type Place, SHORTCUTS, type Shortcut } from "../keyboard/shortcuts.ts";
import type { ReviewView } from "./view.ts";

/** The view behind a place: the keyboard was made with this one. */
const of = ({ view }: Place) => view as unknown as ReviewView;
const editing = (place: Place) => of(place).editing.peek();
const sending = (place: Place) => of(place).sending.peek() !== null;
const looking = (place: Place) => !editing(place) && !sending(place);

const always = (work: (place: Place, press: string) => unknown) => (place: Place, press: string) => {
  work(place, press);
  return true;
};
const isDigit = (press: string) => /^[1-9]$/.test(press);

/** Keys of the labelling desk that mean the same while a reviewer answers the questions. */
const FORM = [
  ...["word", "line", "extend", "character", "mark", "unmark"],
  ...["comment", "number", "tie", "space", "move", "letter", "question-before", "question-after", "write"],
];

/** A row of the labelling desk: its view does here what it does there. */
const alike = (id: string, when?: (place: Place) => boolean): Shortcut => ({
  ...(SHORTCUTS.find((row) => row.id === id) as Shortcut),
  ...(when && { when }),
});

const OWN: Shortcut[] = [
  {
    id: "adopt",
    group: "Answer",
    shown: ["1 … 9"],
    presses: isDigit,
    when: looking,
    run: always((place, press) => of(place).adopt(Number(press) - 1)),
  },
  {
    id: "edit",
    group: "Answer",
    shown: ["e"],
    presses: ["e"],
    when: looking,
    run: always((place) => of(place).edit()),
  },
  {
    id: "send",
    group: "Answer",
    shown: ["s"],
    presses: ["s"],
    when: looking,
    run: always((place) => of(place).sendBack()),
  },
  {
    id: "to",
    group: "Answer",
    shown: ["1 … 9"],
    presses: isDigit,
    when: sending,
    run: always((place, press) => of(place).sendTo(Number(press) - 1)),
  },
  {
    id: "save",
    group: "Answer",
    shown: ["Enter", "Ctrl/⌘ Enter"],
    presses: ["Enter"],
    run: always((place) => of(place).submit()),
  },
  {
    id: "save-writing",
    group: "Answer",
    shown: [],
    presses: ["Mod+Enter"],
    inText: true,
    run: always((place) => of(place).submit()),
  },
  alike("undo", looking),
  {
    id: "next",
    group: "Move",
    shown: ["→", "n"],
    presses: ["ArrowRight", "n"],
    repeats: true,
    when: looking,
    run: always((place) => of(place).step(1)),
  },
  {
    id: "previous",
    group: "Move",
    shown: ["←", "p"],
    presses: ["ArrowLeft", "p"],
    repeats: true,
    when: looking,
    run: always((place) => of(place).step(-1)),
  },
  {
    id: "leave",
    group: "Move",
    shown: ["Esc"],
    presses: ["Escape"],
    inText: true,
    inPanel: true,
    run: always((place) => leave(place)),
  },
  alike("tab"),
  alike("differ", looking),
  alike("unfold"),
  alike("guidelines"),
  alike("keys"),
];

/** First out of what covers the record, then out of a text box, then out of what is in hand. */
function leave(place: Place): void {
  const view = of(place);
  if (view.panel.peek()) view.panel.value = null;
  else if (!focus.isTextBox(place.target) || sending(place)) view.cancel();
  focus.desk(place.root);
}

const shared = SHORTCUTS.filter(({ id }) => FORM.includes(id)).map(
  (row): Shortcut => ({ ...row, when: (place) => editing(place) && (row.when?.(place) ?? true) }),
);

/** Every key of the review desk: handled from this table, and drawn from it by the sheet. */
export const KEYS: Shortcut[] = [...OWN, ...shared];

/** Rows whose words are the review desk's own; the others are called as on the labelling desk. */
export const OWN_ROWS = new Set([
  "adopt",
  "edit",
  "send",
  "to",
  "save",
  "next",
  "previous",
  "leave",
  "differ",
]);
