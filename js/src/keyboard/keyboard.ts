import type { View } from "../desk/view.ts";
import { questionTypes } from "../registry.ts";
import { Digits } from "./digits.ts";
import * as focus from "./focus.ts";
import { type Place, pressOf, remapped, type Shortcut } from "./shortcuts.ts";

/**
 * A key that has finished a record does nothing for this many ms when it comes again at once: a bounce is not an answer to
 * the next record. After any other key it is meant.
 */
const BOUNCE = 120;

/** Handles the desk's keys and keeps every key from the notebook, where `x` or `d d` would delete the cell. */
export class Keyboard {
  #view: View;
  #root: HTMLElement;
  #table: () => Shortcut[];
  #digits = new Digits();
  #finishedBy = "";

  constructor(
    view: View,
    root: HTMLElement,
    signal: AbortSignal,
    table = () => remapped(view.spec.peek()?.keys),
  ) {
    this.#view = view;
    this.#root = root;
    this.#table = table;
    root.addEventListener("keydown", this.#down, { signal });
    for (const type of ["keyup", "keypress"])
      root.addEventListener(type, (event) => event.stopPropagation(), { signal });
    // Notebook 7 listens before us (capture phase) and looks at the focused element alone.
    const mark = (event: Event) => originOf(event)?.setAttribute("data-lm-suppress-shortcuts", "true");
    root.addEventListener("focusin", mark, { signal });
  }

  #down = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const target = originOf(event);
    if (!target || event.isComposing || event.defaultPrevented) return;
    const press = pressOf(event);
    if (press !== "Shift" && !/^\d$/.test(press)) this.#digits.settle();
    if (press !== this.#finishedBy) this.#finishedBy = "";
    const inText = focus.isTextBox(target);
    const place: Place = { view: this.#view, root: this.#root, target };
    const table = this.#table();
    const found = (pressed: string) =>
      table.find((each) => matches(each, pressed) && (each.when?.(place) ?? true));
    // A capital letter is the letter, unless a row wants it with Shift.
    const shortcut = found(press) ?? found(press.replace(/^Shift\+(?=\p{L}$)/u, ""));
    if (!shortcut || (inText && !shortcut.inText)) return;
    if (this.#view.panel.peek() && !shortcut.inPanel) return;
    if (press === "Enter" && ownsEnter(target)) return;
    if ((event.repeat && !shortcut.repeats) || this.#bounces(press)) {
      event.preventDefault();
      return;
    }
    const before = this.#view.finished.peek().count;
    const used = shortcut.run ? shortcut.run(place, press) : /^\d$/.test(press) && this.#digit(press);
    if (this.#view.finished.peek().count > before) this.#finishedBy = press;
    if (used) event.preventDefault();
  };

  #bounces(press: string): boolean {
    return press === this.#finishedBy && performance.now() - this.#view.finished.peek().at < BOUNCE;
  }

  #digit(digit: string): boolean {
    const question = this.#view.question;
    const numbers = (question && questionTypes.get(question.type)?.keys(question).numbers) ?? [];
    if (!question || !numbers.length) return false;
    this.#digits.press(digit, numbers, (at) => this.#view.pick(question.name, at));
    return true;
  }
}

function matches(shortcut: Shortcut, press: string): boolean {
  return typeof shortcut.presses === "function" ? shortcut.presses(press) : shortcut.presses.includes(press);
}

/** Buttons and links answer Enter themselves; an option does not: there Enter submits. */
function ownsEnter(target: HTMLElement): boolean {
  return target.matches("a[href], button:not([data-fw=option]), [role=button]");
}

/** The element itself, also inside a shadow root. */
function originOf(event: Event): HTMLElement | null {
  const origin = event.composedPath()[0];
  return origin instanceof HTMLElement ? origin : null;
}
