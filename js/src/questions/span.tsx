import { useMemo } from "preact/hooks";
import { type Keys, numbered, type QuestionProps, quote } from "../question.ts";
import { brushOf, COLOURS, colourOf, spansIn, textOf, without } from "../spans/answer.ts";
import { pointsOf } from "../spans/points.ts";
import { around, marked, relabelled } from "../spans/spans.ts";
import type { QuestionSpec, Span } from "../wire.ts";

export { Field } from "../spans/field.tsx";

/** So many marked spans the form lists. */
const LISTED = 40;

const isPlace = (place: unknown) => typeof place === "number" && Number.isInteger(place) && place >= 0;

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (value === undefined || value === null)
    return "Mark at least one span, or say that there is nothing to mark.";
  if (!Array.isArray(value)) return `The answer must be a list of spans, not ${quote(value)}.`;
  const known = new Set((spec.options ?? []).map((option) => option.value));
  for (const span of value as Record<string, unknown>[]) {
    const odd = Object.keys(span ?? {}).find(
      (part) => !["start", "end", "label", "score", "text"].includes(part),
    );
    if (!isPlace(span?.start) || !isPlace(span?.end) || odd) return `${quote(span)} is not a span.`;
    if ((span.end as number) <= (span.start as number)) return "A span must end after its start.";
    if (!known.has(span.label as string)) return `${quote(span.label)} is not one of the labels.`;
    const score = span.score ?? 0;
    if (typeof score !== "number" || score < 0 || score > 1) return "A span's score must be from 0 to 1.";
  }
  return clash(spec, value as Span[]);
}

function clash(spec: QuestionSpec, spans: Span[]): string | null {
  const sorted = [...spans].sort((one, other) => one.start - other.start || one.end - other.end);
  const seen = new Set<string>();
  for (const [at, span] of sorted.entries()) {
    const key = `${span.start} ${span.end} ${span.label}`;
    if (seen.has(key)) return "A span is marked twice.";
    seen.add(key);
    const next = sorted[at + 1];
    if (next && next.start < span.end && !spec.allow_overlapping) return "Spans must not overlap here.";
  }
  return null;
}

export function keys(spec: QuestionSpec): Keys {
  const options = spec.options ?? [];
  return {
    numbers: [...numbered(options.length), "0"],
    texts: options.map((option) => option.text),
    single: false,
    pick(at, value, { marking }) {
      const label = options[at]?.value;
      if (label === undefined) return spansIn(value).length ? value : value ? undefined : [];
      if (!marking) return value;
      marking.brush.value = { ...marking.brush.peek(), [spec.name]: label };
      const place = marking.selected.peek();
      if (!place || place.field !== spec.field) return value;
      const held = spec.allow_overlapping ? undefined : around(spansIn(value), place);
      return held
        ? relabelled(spansIn(value), held, label)
        : marked(spansIn(value), place, label, spec.allow_overlapping ?? false);
    },
  };
}

// -- the form -----------------------------------------------------------------------------------------------------------

export default function SpanQuestion(props: QuestionProps) {
  const { spec, value, view, fields, suggestions, labelledby, describedby, pick, set } = props;
  const spans = spansIn(value);
  const suggested = spansIn(suggestions[0]?.value);
  const text = String(fields[spec.field ?? ""] ?? "");
  const brush = brushOf(view, spec);
  return (
    <div class="fw-spanning" role="group" aria-labelledby={labelledby} aria-describedby={describedby}>
      <div class="fw-choices" role="radiogroup" aria-label="The label in hand">
        {spec.options?.map((option, at) => (
          <button
            type="button"
            role="radio"
            key={option.value}
            data-fw="option"
            data-at={at}
            data-value={option.value}
            aria-checked={option.value === brush}
            style={`--mark: var(--fw-mark-${at % COLOURS})`}
            onPointerDown={(event) => event.preventDefault() /* the selection in the text stays */}
            onClick={() => pick(at)}
          >
            <kbd aria-hidden="true">{at + 1}</kbd>
            <span class="fw-swatch" aria-hidden="true" />
            <span dir="auto">{option.text}</span>
          </button>
        ))}
      </div>
      <p class="fw-hint">
        Select text to mark it, or press <kbd>Shift Enter</kbd> and use the arrow keys.
      </p>
      <div class="fw-tools">
        <button
          type="button"
          role="switch"
          class="fw-switch"
          aria-checked={!view.marking.byCharacter.value}
          title="Selections grow to whole words; Shift takes single characters"
          onClick={() => {
            view.marking.byCharacter.value = !view.marking.byCharacter.peek();
          }}
        >
          <span aria-hidden="true" class="fw-knob" />
          Whole words
        </button>
        {suggested.length > 0 && !spans.length && (
          <button type="button" class="fw-link" onClick={() => set(suggested.map(plain))}>
            Start from{" "}
            {suggested.length === 1 ? "the suggested span" : `the ${suggested.length} suggested spans`}
          </button>
        )}
        {!spans.length && (
          <button
            type="button"
            data-fw="option"
            data-at={spec.options?.length}
            data-value=""
            aria-pressed={value !== undefined}
            onClick={() => pick(spec.options?.length ?? 0)}
          >
            <kbd aria-hidden="true">0</kbd>
            Nothing to mark
          </button>
        )}
      </div>
      {spans.length > 0 && <Marked spec={spec} spans={spans} text={text} set={set} />}
    </div>
  );
}

const plain = ({ start, end, label }: Span): Span => ({ start, end, label });

function Marked({
  spec,
  spans,
  text,
  set,
}: {
  spec: QuestionSpec;
  spans: Span[];
  text: string;
  set: QuestionProps["set"];
}) {
  const points = useMemo(() => pointsOf(text), [text]);
  return (
    <ul class="fw-marked" aria-label="What is marked">
      {spans.slice(0, LISTED).map((span) => {
        const part = text.slice(points.unit(span.start), points.unit(span.end));
        const label = textOf(spec, span.label);
        return (
          <li
            key={`${span.start} ${span.end} ${span.label}`}
            style={`--mark: var(--fw-mark-${colourOf(spec, span.label)})`}
          >
            <span class="fw-swatch" aria-hidden="true" />
            <span dir="auto" class="fw-part">
              {part}
            </span>
            <span class="fw-muted">{label}</span>
            <button
              type="button"
              class="fw-remove"
              aria-label={`Remove ${label}: ${part.slice(0, 60)}`}
              onClick={() => set(without(spans, span))}
            >
              ×
            </button>
          </li>
        );
      })}
      {spans.length > LISTED && <li class="fw-muted">and {spans.length - LISTED} more</li>}
    </ul>
  );
}
