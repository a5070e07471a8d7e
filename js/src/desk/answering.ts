import { questionTypes } from "../registry.ts";
import type { QuestionSpec, Spec, Values } from "../wire.ts";

/** What stands between these values and a submitted answer: the first question to mend and why; null when nothing does. */
export function firstProblem(spec: Spec, values: Values): { at: number; why: string } | null {
  for (const [at, question] of spec.questions.entries()) {
    const why = problemWith(question, values);
    if (why) return { at, why: `“${question.title}”: ${lowerFirst(why)}` };
  }
  return null;
}

export function problemWith(question: QuestionSpec, values: Values): string | null {
  const value = values[question.name];
  const type = questionTypes.get(question.type);
  if (value === undefined && !question.required) return null;
  if (!type) return `This desk is older than the question type “${question.type}”: run the cell again.`;
  return type.check(question, value);
}

/** The question that answers the record by itself, so that choosing may submit: the only required one, of a kind with one pick. */
export function soleChoice(spec: Spec): string | null {
  const [only, ...others] = spec.questions.filter((question) => question.required);
  if (!only || others.length) return null;
  return questionTypes.get(only.type)?.keys(only).single ? only.name : null;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
