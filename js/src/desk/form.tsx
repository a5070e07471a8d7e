import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Markdown } from "../html.ts";
import * as focus from "../keyboard/focus.ts";
import { questionTypes } from "../registry.ts";
import { t } from "../text.ts";
import type { QuestionSpec, RecordView, Suggestion } from "../wire.ts";
import { isForMany } from "./answering.ts";
import { Comment } from "./comment.tsx";
import { byMouse } from "./mouse.ts";
import { Returned } from "./returned.tsx";
import { Suggested } from "./suggested.tsx";
import type { View } from "./view.ts";

/** A description of more characters waits behind a "?". */
const LONG = 160;

export function Form({ view, record }: { view: View; record: RecordView }) {
  const pane = useRef<HTMLDivElement>(null);
  const active = view.spec.value?.questions[view.active.value];
  const questions = view.many.on.value ? view.asked.value.filter(isForMany) : view.asked.value;
  // Looking for the question lays the page out at once, before the frame does so again: not for one that is in sight anyway.
  const scrolled = useRef(false);
  useLayoutEffect(() => {
    const name = active?.name;
    if (!pane.current || !name || (active === questions[0] && !scrolled.current)) return;
    focus.reveal(pane.current, name);
  }, [active?.name, record.record]);
  return (
    <section class="fw-form" aria-label={t("answer")}>
      <div
        class="fw-scroll"
        data-fw="form"
        ref={pane}
        onScroll={() => {
          scrolled.current = true;
        }}
      >
        <Returned record={record} />
        {questions.map((question) => (
          <Question
            key={question.name}
            view={view}
            record={record}
            spec={question}
            active={question === active}
            suggestions={
              view.many.on.value
                ? (record.suggestions[question.name] ?? [])
                : view.suggestionsFor(question.name)
            }
          />
        ))}
        {!view.many.on.value && <Comment view={view} />}
      </div>
    </section>
  );
}

interface Asked {
  view: View;
  record: RecordView;
  spec: QuestionSpec;
  active: boolean;
  suggestions: Suggestion[];
}

function Question({ view, record, spec, active, suggestions }: Asked) {
  const id = useId();
  const Type = questionTypes.get(spec.type)?.default;
  const [open, setOpen] = useState(false);
  const long = (spec.description ?? "").length > LONG;
  return (
    <div
      class="fw-question"
      data-fw="question"
      data-name={spec.name}
      data-active={active || undefined}
      onFocusIn={() => view.activate(spec.name)}
      onFocusOut={(event) => (event.target as HTMLElement).matches("[data-fw=text]") && view.pause()}
    >
      <div class="fw-asked">
        <h3 id={`${id}-title`} dir="auto">
          {spec.title}
          {!spec.required && <span class="fw-muted"> {t("answer.optional")}</span>}
        </h3>
        {long && (
          <button
            type="button"
            class="fw-help"
            data-fw="help"
            aria-label={t("answer.help", { title: spec.title })}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            ?
          </button>
        )}
      </div>
      {spec.description && (!long || open) && (
        <div id={`${id}-description`} class="fw-description">
          <Markdown text={spec.description} />
        </div>
      )}
      {Type ? (
        <Type
          record={record.record}
          fields={record.fields}
          view={view}
          spec={spec}
          value={view.values.value[spec.name]}
          suggestions={suggestions}
          labelledby={`${id}-title`}
          describedby={spec.description && (!long || open) ? `${id}-description` : undefined}
          tie={active && view.tie.value}
          pick={(at) => byMouse(view, () => view.pick(spec.name, at))}
          move={(at, by) => view.move(spec.name, at, by)}
          set={(value) => view.set(spec.name, value)}
        />
      ) : (
        <p>{t("older.question", { type: spec.type })}</p>
      )}
      {suggestions.length > 0 && <Suggested view={view} suggestions={suggestions} />}
    </div>
  );
}
