import { useMemo, useState } from "preact/hooks";
import { baseOf } from "../desk/answering.ts";
import { Differences, differences } from "../diff.tsx";
import { Markdown } from "../html.ts";
import { type Keys, type QuestionProps, quote, suggestedValue } from "../question.ts";
import { t } from "../text.ts";
import type { QuestionSpec } from "../wire.ts";

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (typeof value !== "string") return t("check.text", { value: quote(value) });
  return value.trim() || !spec.required ? null : t("check.empty");
}

export function keys(_spec: QuestionSpec): Keys {
  return { numbers: [], texts: [], single: false, pick: (_at, value) => value };
}

export default function TextQuestion(props: QuestionProps) {
  const { record, fields, view, spec, value, suggestions, labelledby, describedby, set } = props;
  const [previewing, setPreviewing] = useState(false);
  const text = typeof value === "string" ? value : "";
  const suggested = suggestedValue(props);
  const base = spec.diff_with ? baseOf(spec, { fields, suggestions: { [spec.name]: suggestions } }) : null;
  const start = base ?? (typeof suggested === "string" ? suggested : null);
  return (
    <div class="fw-text">
      {previewing ? (
        <div class="fw-preview" data-fw="preview" role="group" aria-label={t("text.preview")}>
          <Markdown text={text || `*${t("text.nothing")}*`} />
        </div>
      ) : (
        <textarea
          key={record} // or the browser's own undo would bring back the text of the record before
          data-fw="text"
          dir="auto"
          rows={4}
          aria-labelledby={labelledby}
          aria-describedby={describedby}
          value={text}
          onInput={(event) => set(event.currentTarget.value || undefined)}
        />
      )}
      <div class="fw-tools">
        {spec.use_markdown && (
          <button
            type="button"
            class="fw-link"
            aria-pressed={previewing}
            onClick={() => setPreviewing(!previewing)}
          >
            {previewing ? t("text.write") : t("text.preview")}
          </button>
        )}
        {start !== null && start !== value && (
          <button type="button" class="fw-link" onClick={() => set(start)}>
            {base === null
              ? t("text.from_suggestion")
              : text
                ? t("text.to_original")
                : t("text.from_original")}
          </button>
        )}
        {base !== null && (
          <button
            type="button"
            class="fw-link"
            data-fw="differ"
            aria-pressed={view.differing.value}
            onClick={() => {
              view.differing.value = !view.differing.peek();
            }}
          >
            {view.differing.value ? t("text.hide_changes") : t("text.show_changes")}{" "}
            <kbd aria-hidden="true">d</kbd>
          </button>
        )}
      </div>
      {base !== null && view.differing.value && <Changes before={base} after={text} />}
    </div>
  );
}

function Changes({ before, after }: { before: string; after: string }) {
  const parts = useMemo(() => differences(before, after), [before, after]);
  return (
    <div class="fw-changes" data-fw="changes" role="group" aria-label={t("text.changes")}>
      {before === after ? <p class="fw-hint">{t("text.unchanged")}</p> : <Differences parts={parts} />}
    </div>
  );
}
