import type { FunctionComponent } from "preact";
import type { View } from "./desk/view.ts";
import type { FieldQuestionProps } from "./field.ts";
import type { Marking } from "./spans/marking.ts";
import type { QuestionSpec, Suggestion, Value } from "./wire.ts";

/** What a pick depends on besides the answer so far. */
export interface How {
  /** The next ranked option shares the rank before it. */
  tie: boolean;
  /** The option picked just before in this question. */
  last: number | null;
  /** The fields of a pairwise question in the order shown. */
  order?: string[];
  /** What is selected in a text, and the label in hand. */
  marking?: Marking;
}

/** How number keys and clicks answer a question. */
export interface Keys {
  /** What each option's number key types, e.g. ["1", "2", …] or the rating's own values ["0", "1", …, "10"]. */
  numbers: string[];
  /** The options' texts, which letter keys jump to; empty where letters do nothing. */
  texts: string[];
  /** True where one pick is the whole answer. */
  single: boolean;
  /** The answer after option `at` was picked; undefined means no answer. */
  pick(at: number, value: Value | undefined, how: How): Value | undefined;
  /** A finished answer whose last place shares the rank before it, or no longer shares it; undefined while it is unfinished. */
  tieLast?(value: Value | undefined): Value | undefined;
  /** The answer after option `at` was moved up (-1) or down (1); only where options have an order. */
  move?(at: number, by: -1 | 1, value: Value | undefined): Value | undefined;
}

export interface QuestionProps {
  /** The record's id: what belongs to one record only is keyed by it. */
  record: string;
  /** The record's fields. */
  fields: Record<string, unknown>;
  view: View;
  spec: QuestionSpec;
  value: Value | undefined;
  /** What models suggested, one per agent. */
  suggestions: Suggestion[];
  /** Id of the element that names the question, for `aria-labelledby`. */
  labelledby: string;
  describedby: string | undefined;
  /** True while the next ranked option will share the rank of the one before. */
  tie: boolean;
  pick(at: number): void;
  move(at: number, by: -1 | 1): void;
  set(value: Value | undefined): void;
}

/** What a file in src/questions exports; its name is the question type. */
export interface QuestionModule {
  default: FunctionComponent<QuestionProps>;
  /** Null for a value that may be submitted, else what is wrong with it in one sentence. */
  check(spec: QuestionSpec, value: unknown): string | null;
  keys(spec: QuestionSpec): Keys;
  /** Draws the field that `spec.field` names in the field's own place, for a question that is answered inside it. */
  Field?: FunctionComponent<FieldQuestionProps>;
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(at + 1));
}

/** The first model's suggested value, which the options mark. */
export function suggestedValue({ suggestions }: Pick<QuestionProps, "suggestions">): Value | undefined {
  return suggestions[0]?.value;
}

/** Quote for a message. */
export function quote(value: unknown): string {
  return typeof value === "string" ? `“${value}”` : (JSON.stringify(value) ?? String(value));
}
