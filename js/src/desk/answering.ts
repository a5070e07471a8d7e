import { questionTypes } from "../registry.ts";
import { t } from "../text.ts";
import type { QuestionSpec, RecordView, Spec, Value, Values } from "../wire.ts";

/** The questions that these answers let be asked, in order. The kernel judges alike: tests/cases/show_if.json. */
export function asked(questions: QuestionSpec[], values: Values): QuestionSpec[] {
  const open: QuestionSpec[] = [];
  const shown = new Set<string>();
  for (const question of questions) {
    const conditions = Object.entries(question.show_if ?? {});
    // An answer to a hidden question decides nothing: it is not there.
    if (!conditions.every(([name, wanted]) => shown.has(name) && meets(values[name], wanted))) continue;
    open.push(question);
    shown.add(question.name);
  }
  return open;
}

/** The answers to questions that are asked: what is sent. */
export function askedValues(questions: QuestionSpec[], values: Values): Values {
  const names = new Set(asked(questions, values).map((question) => question.name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}

function meets(value: Value | undefined, wanted: unknown[]): boolean {
  if (Array.isArray(value)) return value.some((each) => wanted.includes(each));
  return wanted.includes(typeof value === "object" ? value.choice : value);
}

/** What stands between these values and a submitted answer: the first question to mend and why; null when nothing does. */
export function firstProblem(spec: Spec, values: Values): { at: number; why: string } | null {
  for (const question of asked(spec.questions, values)) {
    const why = problemWith(question, values);
    if (why)
      return {
        at: spec.questions.indexOf(question),
        why: t("answer.problem", { title: question.title, why: lowerFirst(why) }),
      };
  }
  return null;
}

export function problemWith(question: QuestionSpec, values: Values): string | null {
  const value = values[question.name];
  const type = questionTypes.get(question.type);
  if (value === undefined && !question.required) return null;
  if (!type) return t("older.question", { type: question.type });
  return type.check(question, value);
}

/** The question that answers the record by itself, so that choosing may submit: the only required one, of a kind with one pick. */
export function soleChoice(spec: Spec): string | null {
  const [only, ...others] = spec.questions.filter((question) => question.required);
  if (!only || others.length || spec.questions.some((question) => question.show_if)) return null;
  return questionTypes.get(only.type)?.keys(only).single ? only.name : null;
}

/** What a text question begins with where the dataset says so: the text it is compared with, else the suggestion. */
export function prefilled(questions: QuestionSpec[], record: RecordView): Values {
  const begun = questions.map((question) => [
    question.name,
    question.prefill ? baseOf(question, record) : null,
  ]);
  return Object.fromEntries(begun.filter(([, text]) => text));
}

/** The text that a text question's answer is compared with, or may begin with. */
export function baseOf(
  question: QuestionSpec,
  { fields, suggestions }: Pick<RecordView, "fields" | "suggestions">,
): string | null {
  const suggested = suggestions[question.name]?.[0]?.value;
  const field = question.diff_with && question.diff_with !== "suggestion" ? fields[question.diff_with] : null;
  const base = typeof field === "string" ? field : suggested;
  return typeof base === "string" ? base : null;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** Whether one answer can be meant for many records: none that lies inside a record's text. */
export function isForMany(question: QuestionSpec): boolean {
  return !questionTypes.get(question.type)?.Field;
}
