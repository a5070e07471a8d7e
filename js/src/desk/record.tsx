import { useLayoutEffect, useRef } from "preact/hooks";
import type { FieldProps } from "../field.ts";
import { fieldTypes, questionTypes } from "../registry.ts";
import { t } from "../text.ts";
import type { FieldSpec, QuestionSpec, RecordView } from "../wire.ts";
import type { View } from "./view.ts";

export function RecordCard({ view, record }: { view: View; record: RecordView }) {
  const fields = view.spec.value?.fields ?? [];
  const status = view.status.value;
  const found = record.at !== undefined;
  const pane = useRef<HTMLDivElement>(null);
  // Setting (or reading) `scrollTop` lays the page out at once, before the frame does so again: only where it was scrolled.
  const scrolled = useRef(false);
  useLayoutEffect(() => {
    if (scrolled.current && pane.current) pane.current.scrollTop = 0;
    scrolled.current = false;
  }, [record.record]);
  return (
    <section
      class="fw-record"
      data-fw="record"
      data-record={record.record}
      data-index={record.index}
      aria-label={t("record")}
    >
      <div class="fw-strip">
        <span aria-live="polite">
          {t(view.walk.value.check ? "place.check" : found ? "place.hit" : "place.record", {
            n: record.index + 1,
          })}{" "}
          <span class="fw-muted">
            {t("place.of", {
              total: (found ? view.walk.value.total : view.session.progress.value.total) ?? "",
            })}
          </span>
        </span>
        {status && (
          <span class="fw-status" data-status={status}>
            {t(`status.${status}`)}
          </span>
        )}
        <span class="fw-steps">
          {view.search.hasVectors && !view.walk.value.check && (
            <button
              type="button"
              data-fw="similar"
              title={t("record.similar_title")}
              onClick={() => view.search.similar(record)}
            >
              {t("record.similar")}
            </button>
          )}
          <button type="button" aria-label={t("record.previous")} onClick={() => view.step(-1)}>
            ←
          </button>
          <button type="button" aria-label={t("record.next")} onClick={() => view.step(1)}>
            →
          </button>
        </span>
      </div>
      <div
        class="fw-scroll"
        ref={pane}
        tabIndex={0}
        role="group"
        aria-label={t("record.text")}
        onScroll={() => {
          scrolled.current = true;
        }}
      >
        {fields.map((field) => (
          <FieldBlock key={field.name} view={view} spec={field} record={record} />
        ))}
        <Metadata metadata={record.metadata} />
      </div>
    </section>
  );
}

function FieldBlock({ view, spec, record }: { view: View; spec: FieldSpec; record: RecordView }) {
  const value = record.fields[spec.name] ?? null;
  if (value === null) return null;
  const props = { spec, value, record, marks: view.marks.value };
  const question = questionInside(view, spec);
  // A question about several fields draws them all where the first of them stands.
  const several = question?.fields?.filter((name) => (record.fields[name] ?? null) !== null);
  if (several && several[0] !== spec.name) return null;
  return (
    <div class="fw-field" data-fw="field" data-name={spec.name}>
      {!several && <h3 dir="auto">{spec.title}</h3>}
      <Content key={record.record} view={view} question={question} {...props} />
    </div>
  );
}

function questionInside(view: View, { name }: FieldSpec): QuestionSpec | undefined {
  return view.spec.value?.questions.find(
    (each) => (each.field === name || each.fields?.includes(name)) && questionTypes.get(each.type)?.Field,
  );
}

/** The field's own component, or that of a question which is answered inside the field. */
function Content({
  view,
  question,
  ...props
}: FieldProps & { view: View; question: QuestionSpec | undefined }) {
  const Inside = question && questionTypes.get(question.type)?.Field;
  if (Inside) return <Inside view={view} question={question} {...props} />;
  const Type = fieldTypes.get(props.spec.type)?.default;
  if (Type) return <Type {...props} />;
  return <p>{t("older.field", { type: props.spec.type })}</p>;
}

function Metadata({ metadata }: { metadata: Record<string, unknown> }) {
  const entries = Object.entries(metadata);
  if (!entries.length) return null;
  return (
    <dl class="fw-metadata">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
