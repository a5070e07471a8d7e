import { useLayoutEffect, useRef } from "preact/hooks";
import { fieldTypes } from "../registry.ts";
import type { FieldSpec, RecordView } from "../wire.ts";
import type { View } from "./view.ts";

const STATUS = { submitted: "Submitted", discarded: "Discarded", draft: "Draft" };

export function RecordCard({ view, record }: { view: View; record: RecordView }) {
  const fields = view.spec.value?.fields ?? [];
  const status = view.status.value;
  const pane = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (pane.current) pane.current.scrollTop = 0;
  }, [record.record]);
  return (
    <section
      class="fw-record"
      data-fw="record"
      data-record={record.record}
      data-index={record.index}
      aria-label="Record"
    >
      <div class="fw-strip">
        <span aria-live="polite">
          Record {record.index + 1} <span class="fw-muted">of {view.session.progress.value.total}</span>
        </span>
        {status && (
          <span class="fw-status" data-status={status}>
            {STATUS[status]}
          </span>
        )}
        <span class="fw-steps">
          <button type="button" aria-label="Previous record" onClick={() => view.step(-1)}>
            ←
          </button>
          <button type="button" aria-label="Next record" onClick={() => view.step(1)}>
            →
          </button>
        </span>
      </div>
      <div class="fw-scroll" ref={pane} tabIndex={0} role="group" aria-label="Record text">
        {fields.map((field) => (
          <FieldBlock key={field.name} spec={field} text={record.fields[field.name] ?? null} />
        ))}
        <Metadata metadata={record.metadata} />
      </div>
    </section>
  );
}

function FieldBlock({ spec, text }: { spec: FieldSpec; text: string | null }) {
  const Type = fieldTypes.get(spec.type)?.default;
  if (text === null) return null;
  return (
    <div class="fw-field" data-fw="field" data-name={spec.name}>
      <h3 dir="auto">{spec.title}</h3>
      {Type ? (
        <Type spec={spec} text={text} />
      ) : (
        <p>This desk is older than the field type “{spec.type}”: run the cell again.</p>
      )}
    </div>
  );
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
