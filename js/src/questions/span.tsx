import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { byMouse } from "../desk/mouse.ts";
import type { View } from "../desk/view.ts";
import type { FieldQuestionProps } from "../field.ts";
import { type Keys, numbered, type QuestionProps, quote } from "../question.ts";
import { Caret } from "../spans/caret.ts";
import { type Points, pointsOf } from "../spans/points.ts";
import { around, type Drawn, marked, type Piece, pieces, relabelled } from "../spans/spans.ts";
import { type Range, snapped, trimmed } from "../spans/words.ts";
import type { QuestionSpec, Span, Value } from "../wire.ts";

/** So many colours the style sheet has; labels beyond begin again, and always say their name. */
const COLOURS = 8;
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

const spansIn = (value: Value | undefined): Span[] => (Array.isArray(value) ? (value as Span[]) : []);

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

/** The label in hand: the one picked last, else the first. */
function brushOf(view: View, spec: QuestionSpec): string | undefined {
  return view.marking.brush.value[spec.name] ?? spec.options?.[0]?.value;
}

const colourOf = (spec: QuestionSpec, label: string) =>
  Math.max(0, spec.options?.findIndex((option) => option.value === label) ?? 0) % COLOURS;
const textOf = (spec: QuestionSpec, label: string) =>
  spec.options?.find((option) => option.value === label)?.text ?? label;

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

function without(spans: Span[], span: Span): Span[] | undefined {
  const left = spans.filter((each) => each !== span);
  return left.length ? left : undefined;
}

// -- in the text --------------------------------------------------------------------------------------------------------

/** The field with its spans drawn into it; select text to mark it. */
export function Field({ view, question, value, spec }: FieldQuestionProps) {
  const text = String(value);
  const box = useRef<HTMLDivElement>(null);
  const caret = useRef<Caret | null>(null);
  const points = useMemo(() => pointsOf(text), [text]);
  const questions = (view.spec.value?.questions ?? []).filter(
    (each) => each.type === "span" && each.field === question.field,
  );
  const drawn = questions.flatMap((each) => drawnSpans(view, each, points));
  useLayoutEffect(() => {
    if (!box.current) return;
    const made = new Caret(box.current, text, (range) => tell(view, spec.name, points, range));
    caret.current = view.marking.caret = made;
    return () => {
      if (view.marking.caret === made) view.marking.caret = null;
    };
  }, [text]);
  // What was just drawn may have torn the text under the selection apart.
  useLayoutEffect(
    () => caret.current?.again(),
    questions.map((each) => view.values.value[each.name]),
  );
  const release = (event: PointerEvent) => {
    const active = questions.find((each) => each.name === view.question?.name) ?? questions[0];
    if (event.button === 0 && active)
      byMouse(view, () => afterMouse(view, active, caret.current, points, event));
  };
  return (
    <>
      <div
        class="fw-plain fw-spans"
        dir="auto"
        data-fw="spans"
        data-field={spec.name}
        tabIndex={0}
        role="textbox"
        aria-readonly="true"
        aria-multiline="true"
        aria-label={`${spec.title}, text to mark`}
        ref={box}
        onPointerDown={(event) => event.shiftKey && caret.current?.begin(event.clientX, event.clientY)}
        // With Shift the notebook would select cells and keep the browser from selecting text.
        onMouseDown={(event) => event.shiftKey && event.stopPropagation()}
        onPointerUp={release}
        onFocus={() => focusQuestion(view, questions)}
      >
        {pieces(text.length, drawn).map((piece) => (
          <PieceOfText key={piece.start} piece={piece} text={text} />
        ))}
      </div>
      <p class="fw-hidden" aria-live="polite">
        {spoken(view, questions, spec.name, text, points)}
      </p>
    </>
  );
}

/** Whoever goes into the text answers the question about it. */
function focusQuestion(view: View, questions: QuestionSpec[]): void {
  const [first] = questions;
  if (first && !questions.some((each) => each.name === view.question?.name)) view.activate(first.name);
}

function drawnSpans(view: View, spec: QuestionSpec, points: Points): Drawn[] {
  const value = view.values.value[spec.name];
  const suggested = value === undefined ? spansIn(view.record.value?.suggestions[spec.name]?.[0]?.value) : [];
  const draw = (span: Span, asSuggested: boolean): Drawn => ({
    start: points.unit(span.start),
    end: points.unit(span.end),
    colour: colourOf(spec, span.label),
    tag: textOf(spec, span.label),
    suggested: asSuggested,
  });
  return [...spansIn(value).map((span) => draw(span, false)), ...suggested.map((span) => draw(span, true))];
}

function PieceOfText({ piece, text }: { piece: Piece; text: string }) {
  const { start, end, over, tags } = piece;
  const content = text.slice(start, end);
  if (!over.length) return <span data-at={start}>{content}</span>;
  return (
    <span
      data-at={start}
      class="fw-mark"
      data-suggested={over.at(-1)?.span.suggested || undefined}
      data-tags={tags.join(" · ") || undefined}
      style={paint(over)}
    >
      {content}
    </span>
  );
}

/** One line per span under the text, and a wash of the innermost span's colour behind it. */
function paint(over: Piece["over"]): string {
  const lines = over.map(({ span, line }) => {
    const colour = `var(--fw-mark-${span.colour})`;
    const ink = span.suggested
      ? `repeating-linear-gradient(90deg,${colour} 0 4px,transparent 4px 7px)`
      : `linear-gradient(${colour},${colour})`;
    return `${ink} 0 calc(100% - ${line * 3}px)/100% 2px no-repeat`;
  });
  const top = over.at(-1)?.span;
  const wash =
    top && !top.suggested ? [`color-mix(in srgb,var(--fw-mark-${top.colour}) 16%,transparent)`] : [];
  const deep = Math.max(...over.map(({ line }) => line));
  return `background:${[...lines, ...wash].join(",")};padding-bottom:${3 + deep * 3}px`;
}

function tell(view: View, field: string, points: Points, range: Range | null): void {
  view.marking.selected.value = range && {
    field,
    start: points.point(range.start),
    end: points.point(range.end),
  };
}

/** A selection by mouse is marked at once; a click takes up the span under it, for another label or for removing. */
function afterMouse(
  view: View,
  spec: QuestionSpec,
  caret: Caret | null,
  points: Points,
  event: PointerEvent,
): void {
  const range = caret?.selected();
  if (!caret || !range) return;
  const spans = spansIn(view.values.peek()[spec.name]);
  if (range.start === range.end) {
    const point = points.point(range.start);
    const span = around(spans, { start: point, end: point });
    if (span) caret.stand({ start: points.unit(span.start), end: points.unit(span.end) });
    else caret.leave();
    return;
  }
  const whole = !event.shiftKey && !view.marking.byCharacter.peek();
  const found = whole ? snapped(caret.text, caret.words, range) : trimmed(caret.text, range);
  const label = view.marking.brush.peek()[spec.name] ?? spec.options?.[0]?.value;
  if (!found || label === undefined) return;
  const place = { start: points.point(found.start), end: points.point(found.end) };
  view.set(spec.name, marked(spans, place, label, spec.allow_overlapping ?? false));
  caret.hold(found);
}

/** Mark what is selected with the label in hand; false where nothing is selected. */
export function markSelected(view: View): boolean {
  const spec = view.question;
  const label = spec && brushOf(view, spec);
  const at = spec?.options?.findIndex((option) => option.value === label) ?? -1;
  if (!spec || at < 0 || !view.marking.selected.peek()) return false;
  view.pick(spec.name, at);
  return true;
}

/** Remove the span under the selection. */
export function removeSelected(view: View): void {
  const spec = view.question;
  const place = view.marking.selected.peek();
  if (!spec || !place || place.field !== spec.field) return;
  const spans = spansIn(view.values.peek()[spec.name]);
  const span = around(spans, place) ?? spans.find((each) => each.start < place.end && place.start < each.end);
  if (span) view.set(spec.name, without(spans, span));
}

/** What a screen reader hears of the selection. */
function spoken(view: View, questions: QuestionSpec[], field: string, text: string, points: Points): string {
  const place = view.marking.selected.value;
  if (!place || place.field !== field) return "";
  const labels = questions.flatMap((spec) =>
    spansIn(view.values.value[spec.name])
      .filter((span) => span.start < place.end && place.start < span.end)
      .map((span) => textOf(spec, span.label)),
  );
  const part = text.slice(points.unit(place.start), points.unit(place.end)).slice(0, 100);
  return labels.length ? `${part}: ${labels.join(", ")}` : part;
}
