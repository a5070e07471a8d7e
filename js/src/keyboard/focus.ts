import type { View } from "../desk/view.ts";
import { questionTypes } from "../registry.ts";
import type { QuestionSpec } from "../wire.ts";

export function desk(root: HTMLElement): void {
  root.focus({ preventScroll: true });
}

/** What has the focus, also inside a shadow root. */
export function deepActiveElement(root: HTMLElement): Element | null {
  const within = root.getRootNode();
  return within instanceof ShadowRoot ? within.activeElement : document.activeElement;
}

export function isTextBox(element: HTMLElement): boolean {
  return element.matches("textarea, input, select, [contenteditable]");
}

/** The question and place of the option that contains an element. */
export function optionOf(element: HTMLElement): { name: string; at: number } | null {
  const option = element.closest("[data-fw=option]");
  const question = option?.closest<HTMLElement>("[data-fw=question]");
  if (!option || !question) return null;
  return { name: question.dataset.name ?? "", at: Number((option as HTMLElement).dataset.at ?? -1) };
}

function questionElement(root: HTMLElement, name: string): HTMLElement | undefined {
  const questions = [...root.querySelectorAll<HTMLElement>("[data-fw=question]")];
  return questions.find((element) => element.dataset.name === name);
}

/** Go to the search of a long list with the letter in it, else to the first option that begins so; false where there is neither. */
export function label(root: HTMLElement, question: QuestionSpec | undefined, letter: string): boolean {
  const search =
    question && questionElement(root, question.name)?.querySelector<HTMLInputElement>("[data-fw=search]");
  if (search) {
    search.focus();
    search.value = letter;
    search.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }
  const texts = (question && questionTypes.get(question.type)?.keys(question).texts) ?? [];
  const at = texts.findIndex((text) => text.trim().toLowerCase().startsWith(letter));
  const value = question?.options?.[at]?.value;
  if (!question || value === undefined) return false;
  const options = [
    ...(questionElement(root, question.name)?.querySelectorAll<HTMLElement>("[data-fw=option]") ?? []),
  ];
  const option = options.find((element) => element.dataset.value === value);
  option?.focus();
  return option !== undefined;
}

/** Focus what the active question is written in: its text box, or the text that it marks; else the first there is. */
export function textBox(root: HTMLElement, view: View): void {
  const { question } = view;
  const boxes = [...root.querySelectorAll<HTMLElement>("[data-fw=text], [data-fw=spans]")];
  const own = (box: HTMLElement) =>
    box.dataset.field
      ? box.dataset.field === question?.field
      : box.closest<HTMLElement>("[data-fw=question]")?.dataset.name === question?.name;
  const box = boxes.find(own) ?? boxes[0];
  box?.focus();
  if (box?.dataset.fw === "spans" && !view.marking.selected.peek()) view.marking.caret?.step(1, false);
}

/** Bring the active question into sight without moving the notebook. */
export function reveal(root: HTMLElement, name: string): void {
  const question = questionElement(root, name);
  const pane = question?.closest<HTMLElement>("[data-fw=form]");
  if (!question || !pane || pane.scrollHeight <= pane.clientHeight) return;
  const top = question.offsetTop - pane.offsetTop;
  const bottom = top + question.offsetHeight;
  if (top < pane.scrollTop) pane.scrollTop = top - 12;
  else if (bottom > pane.scrollTop + pane.clientHeight)
    pane.scrollTop = Math.min(top - 12, bottom - pane.clientHeight + 12);
}

/** Press every button that unfolds a long text, or folds them all again; false where nothing is long. */
export function unfold(root: HTMLElement): boolean {
  const buttons = [...root.querySelectorAll<HTMLElement>("[data-fw=unfold]")];
  const folded = buttons.filter((button) => button.getAttribute("aria-expanded") === "false");
  for (const button of folded.length ? folded : buttons) button.click();
  return buttons.length > 0;
}
