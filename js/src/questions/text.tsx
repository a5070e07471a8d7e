import { type Keys, type QuestionProps, quote, suggestedValue } from "../question.ts";
import type { QuestionSpec } from "../wire.ts";

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (typeof value !== "string") return `The answer must be text, not ${quote(value)}.`;
  return value.trim() || !spec.required ? null : "Write an answer.";
}

export function keys(_spec: QuestionSpec): Keys {
  return { numbers: [], texts: [], single: false, pick: (_at, value) => value };
}

export default function TextQuestion(props: QuestionProps) {
  const { record, value, labelledby, describedby, set } = props;
  const suggestion = suggestedValue(props);
  const suggested = typeof suggestion === "string" ? suggestion : null;
  return (
    <div class="fw-text">
      <textarea
        key={record} // or the browser's own undo would bring back the text of the record before
        data-fw="text"
        dir="auto"
        rows={4}
        aria-labelledby={labelledby}
        aria-describedby={describedby}
        value={typeof value === "string" ? value : ""}
        onInput={(event) => set(event.currentTarget.value || undefined)}
      />
      {suggested !== null && suggested !== value && (
        <button type="button" class="fw-link" onClick={() => set(suggested)}>
          Start from the suggestion
        </button>
      )}
    </div>
  );
}
