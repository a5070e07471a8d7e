import { type Keys, type QuestionProps, quote, suggestedValue } from "../question.ts";
import { t } from "../text.ts";
import type { QuestionSpec } from "../wire.ts";

const values = (spec: QuestionSpec): number[] => spec.values ?? [];

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (value === undefined || value === null) return t("check.rating");
  if (typeof value === "number" && values(spec).includes(value)) return null;
  return t("check.not_rating", { value: quote(value), ratings: values(spec).join(", ") });
}

export function keys(spec: QuestionSpec): Keys {
  return {
    numbers: values(spec).map(String), // the digit is the value
    texts: [],
    single: true,
    pick(at, value) {
      const picked = values(spec)[at];
      return picked === value && !spec.required ? undefined : picked;
    },
  };
}

export default function RatingQuestion(props: QuestionProps) {
  const { spec, value, labelledby, describedby, pick } = props;
  const labels = (spec.labels ?? {}) as Record<string, string>;
  return (
    <div
      class="fw-rating"
      data-labels={spec.labels ? "" : undefined}
      role="radiogroup"
      aria-labelledby={labelledby}
      aria-describedby={describedby}
    >
      {values(spec).map((rating, at) => (
        <button
          type="button"
          role="radio"
          key={rating}
          data-fw="option"
          data-at={at}
          data-value={rating}
          data-suggested={suggestedValue(props) === rating || undefined}
          aria-checked={value === rating}
          onClick={() => pick(at)}
        >
          {rating}
          {labels[rating] && (
            <span class="fw-meaning" dir="auto">
              {labels[rating]}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
