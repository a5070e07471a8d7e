import type { View } from "../desk/view.ts";
import type { QuestionSpec, Span, Value } from "../wire.ts";

/** So many colours the style sheet has; labels beyond begin again, and always say their name. */
export const COLOURS = 8;

export const spansIn = (value: Value | undefined): Span[] => (Array.isArray(value) ? (value as Span[]) : []);

/** The label in hand: the one picked last, else the first. */
export function brushOf(view: View, spec: QuestionSpec): string | undefined {
  return view.marking.brush.value[spec.name] ?? spec.options?.[0]?.value;
}

/** Which colour of the palette a label has. */
export function colourOf(spec: QuestionSpec, label: string): number {
  return Math.max(0, spec.options?.findIndex((option) => option.value === label) ?? 0) % COLOURS;
}

/** What is shown for a label. */
export function textOf(spec: QuestionSpec, label: string): string {
  return spec.options?.find((option) => option.value === label)?.text ?? label;
}

/** The answer after a span was removed. */
export function without(spans: Span[], span: Span): Span[] | undefined {
  const left = spans.filter((each) => each !== span);
  return left.length ? left : undefined;
}
