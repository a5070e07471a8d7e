import { Choices } from "../desk/choices.tsx";
import { type Keys, numbered, type QuestionProps, quote } from "../question.ts";
import { t } from "../text.ts";
import type { QuestionSpec } from "../wire.ts";

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (value === undefined || value === null) return t("check.option");
  const known = (spec.options ?? []).some((option) => option.value === value);
  return known ? null : t("check.not_option", { value: quote(value) });
}

export function keys(spec: QuestionSpec): Keys {
  const options = spec.options ?? [];
  return {
    numbers: numbered(options.length),
    texts: options.map((option) => option.text),
    single: true,
    pick(at, value) {
      const picked = options[at]?.value;
      return picked === value && !spec.required ? undefined : picked;
    },
  };
}

export default function LabelQuestion(props: QuestionProps) {
  return <Choices {...props} many={false} chosen={typeof props.value === "string" ? [props.value] : []} />;
}
