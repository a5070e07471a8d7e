import type { Place, Shortcut } from "../keyboard/shortcuts.ts";

const asks = ({ view }: Place) => view.many.on.peek() && view.many.bulk.plan.value !== null;
/** Among the rows, not in the form beside them. */
const inRows = ({ view, target }: Place) =>
  view.many.on.peek() && !target.closest("[data-fw=question], [data-fw=find], [data-fw=group]");

const always = (work: (place: Place, press: string) => unknown) => (place: Place, press: string) => {
  work(place, press);
  return true;
};
const backwards = (press: string) => /Up|Left|Home/.test(press);

/** Keys where many records are answered at once. The first rows have all keys while something waits to be confirmed. */
export const BULK_KEYS: Shortcut[] = [
  {
    id: "confirm",
    group: "Many",
    shown: ["Enter", "Esc"],
    presses: (press) => !["Tab", "Shift+Tab", " "].includes(press),
    when: asks,
    run: always(({ view }, press) => {
      if (press === "Enter") view.many.bulk.confirm();
      else if (press === "Escape") view.many.bulk.cancel();
    }),
  },
  {
    id: "row-move",
    group: "Many",
    shown: ["↑", "↓", "Home", "End"],
    presses: ["ArrowUp", "ArrowDown", "Home", "End"],
    repeats: true,
    when: inRows,
    run: always(({ view }, press) => view.many.bulk.move(steps(press), false)),
  },
  {
    id: "row-extend",
    group: "Many",
    shown: ["Shift ↑", "Shift ↓"],
    presses: ["Shift+ArrowUp", "Shift+ArrowDown", "Shift+Home", "Shift+End"],
    repeats: true,
    when: inRows,
    run: always(({ view }, press) => view.many.bulk.move(steps(press), true)),
  },
  {
    id: "row-choose",
    group: "Many",
    shown: ["Space"],
    presses: [" "],
    when: (place) => inRows(place) && !place.target.matches("button"),
    run: always(({ view }) => view.many.bulk.choose(view.many.bulk.at.peek())),
  },
  {
    id: "row-all",
    group: "Many",
    shown: ["Ctrl/⌘ A"],
    presses: ["Mod+a"],
    when: inRows,
    run: always(({ view }) => view.many.bulk.chooseAll()),
  },
  {
    id: "row-accept",
    group: "Many",
    shown: ["."],
    presses: ["."],
    when: ({ view }) => view.many.on.peek(),
    run: always(({ view }) => view.many.bulk.acceptSuggestions()),
  },
  {
    id: "row-page",
    group: "Many",
    shown: ["←", "→"],
    presses: ["ArrowLeft", "ArrowRight"],
    repeats: true,
    when: inRows,
    run: always(({ view }, press) => view.many.bulk.turn(backwards(press) ? -1 : 1)),
  },
  {
    id: "row-leave",
    group: "Many",
    shown: ["Esc"],
    presses: ["Escape"],
    inText: true,
    when: ({ view }) => view.many.on.peek() && view.panel.peek() === null,
    run: always(({ view, root, target }) => {
      const rows = root.querySelector<HTMLElement>("[data-fw=rows]");
      if (target !== rows && target !== root) rows?.focus();
      else if (view.many.bulk.count.peek()) view.many.bulk.chooseNone();
      else view.many.bulk.close();
    }),
  },
  {
    id: "many",
    group: "Many",
    shown: ["b"],
    presses: ["b"],
    run: always(({ view }) => view.many.toggle()),
  },
];

/** How many rows a key goes on; further than any page for its ends. */
function steps(press: string): number {
  const far = /Home|End/.test(press) ? 1000 : 1;
  return backwards(press) ? -far : far;
}
