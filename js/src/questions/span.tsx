import { useMemo } from "preact/hooks";
import { type Keys, numbered, type QuestionProps, quote } from "../question.ts";
import { brushOf, COLOURS, colourOf, spansIn, textOf, without } from "../spans/answer.ts";
import { pointsOf } from "../spans/points.ts";
import { around, marked, relabelled } from "../spans/spans.ts";
import { t } from "../text.ts";
import type { QuestionSpec, Span } from "../wire.ts";

export { Field } from "../spans/field.tsx";

/** So many marked spans the form lists. */
const LISTED = 40;

const isPlace = (place: unknown) => typeof place === "number" && Number.isInteger(place) && place >= 0;

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (value === undefined || value === null) return t("check.spans");
  if (!Array.isArray(value)) return t("check.spans_list", { value: quote(value) });
  const known = new Set((spec.options ?? []).map((option) => option.value));
  for (const span of value as Record<string, unknown>[]) {
    const odd = Object.keys(span ?? {}).find(
      (part) => !["start", "end", "label", "score", "text"].includes(part),
    );
    if (!isPlace(span?.start) || !isPlace(span?.end) || odd) return t("check.span", { value: quote(span) });
    if ((span.end as number) <= (span.start as number)) return t("check.span_ends");
    if (!known.has(span.label as string)) return t("check.not_label", { value: quote(span.label) });
    const score = span.score ?? 0;
    if (typeof score !== "number" || score < 0 || score > 1) return t("check.span_score");
  }
  return clash(spec, value as Span[]);
}

function clash(spec: QuestionSpec, spans: Span[]): string | null {
  const sorted = [...spans].sort((one, other) => one.start - other.start || one.end - other.end);
  const seen = new Set<string>();
  for (const [at, span] of sorted.entries()) {
    const key = `${span.start} ${span.end} ${span.label}`;
    if (seen.has(key)) return t("check.span_twice");
    seen.add(key);
    const next = sorted[at + 1];
    if (next && next.start < span.end && !spec.allow_overlapping) return t("check.overlap");
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
  const [before, after] = t("span.how").split("{key}");
  return (
    <div class="fw-spanning" role="group" aria-labelledby={labelledby} aria-describedby={describedby}>
      <div class="fw-choices" role="radiogroup" aria-label={t("span.hand")}>
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
        {before}
        <kbd>Shift Enter</kbd>
        {after}
      </p>
      <div class="fw-tools">
        <button
          type="button"
          role="switch"
          class="fw-switch"
          aria-checked={!view.marking.byCharacter.value}
          title={t("span.words_title")}
          onClick={() => {
            view.marking.byCharacter.value = !view.marking.byCharacter.peek();
          }}
        >
          <span aria-hidden="true" class="fw-knob" />
          {t("span.words")}
        </button>
        {suggested.length > 0 && !spans.length && (
          <button type="button" class="fw-link" onClick={() => set(suggested.map(plain))}>
            {t("span.start", { n: suggested.length })}
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
            {t("span.nothing")}
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
    <ul class="fw-marked" aria-label={t("span.marked")}>
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
              aria-label={t("span.remove", { label, part: part.slice(0, 60) })}
              onClick={() => set(without(spans, span))}
            >
              ×
            </button>
          </li>
        );
      })}
      {spans.length > LISTED && <li class="fw-muted">{t("span.more", { n: spans.length - LISTED })}</li>}
    </ul>
  );
}
