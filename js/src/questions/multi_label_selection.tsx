import { Choices } from "../desk/choices.tsx";
import { type Keys, numbered, type QuestionProps, quote } from "../question.ts";
import { t } from "../text.ts";
import type { QuestionSpec, Value } from "../wire.ts";

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (!Array.isArray(value)) return t("check.options_list", { value: quote(value) });
  if (!value.length) return t("check.options");
  const known = new Set<unknown>((spec.options ?? []).map((option) => option.value));
  const unknown = value.find((picked) => !known.has(picked));
  if (unknown !== undefined) return t("check.not_option", { value: quote(unknown) });
  return new Set(value).size === value.length ? null : t("check.option_twice");
}

const chosenIn = (value: Value | undefined): string[] => (Array.isArray(value) ? (value as string[]) : []);

export function keys(spec: QuestionSpec): Keys {
  const options = spec.options ?? [];
  return {
    numbers: numbered(options.length),
    texts: options.map((option) => option.text),
    single: false,
    pick(at, value) {
      const chosen = new Set(chosenIn(value));
      const picked = options[at]?.value;
      if (picked !== undefined && !chosen.delete(picked)) chosen.add(picked);
      // In the options' order, so that the same choice is the same answer however it was clicked together.
      const ordered = options.map((option) => option.value).filter((option) => chosen.has(option));
      return ordered.length ? ordered : undefined;
    },
  };
}

export default function MultiLabelQuestion(props: QuestionProps) {
  return <Choices {...props} many={true} chosen={chosenIn(props.value)} />;
}
