import type { View } from "../desk/view.ts";
import { questionTypes } from "../registry.ts";
import type { QuestionSpec } from "../wire.ts";

export function desk(root: HTMLElement): void {
  root.focus({ preventScroll: true });
}

export function isTextBox(element: HTMLElement): boolean {
  return element.matches("textarea, input, select, [contenteditable]");
}

/** The question and place of the option that contains an element. */
export function optionOf(element: HTMLElement): { name: string; at: number } | null {
  const option = element.closest("[data-fw=option]");
  const question = option?.closest<HTMLElement>("[data-fw=question]");
  if (!option || !question) return null;
  const at = [...question.querySelectorAll("[data-fw=option]")].indexOf(option);
  return { name: question.dataset.name ?? "", at };
}

function questionElement(root: HTMLElement, name: string): HTMLElement | undefined {
  const questions = [...root.querySelectorAll<HTMLElement>("[data-fw=question]")];
  return questions.find((element) => element.dataset.name === name);
}

/** Focus the first option whose text begins with a letter; false where there is none. */
export function label(root: HTMLElement, question: QuestionSpec | undefined, letter: string): boolean {
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

/** Focus the active question's text box, else the first one. */
export function textBox(root: HTMLElement, view: View): void {
  const active = view.question && questionElement(root, view.question.name);
  const box =
    active?.querySelector<HTMLElement>("[data-fw=text]") ?? root.querySelector<HTMLElement>("[data-fw=text]");
  box?.focus();
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
