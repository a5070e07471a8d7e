import type { VNode } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { byMouse } from "../desk/mouse.ts";
import type { View } from "../desk/view.ts";
import type { FieldQuestionProps } from "../field.ts";
import { t } from "../text.ts";
import type { QuestionSpec, Span } from "../wire.ts";
import { brushOf, colourOf, spansIn, textOf, without } from "./answer.ts";
import { Caret } from "./caret.ts";
import { type Points, pointsOf } from "./points.ts";
import { around, type Drawn, marked, type Piece, pieces } from "./spans.ts";
import { type Range, snapped, trimmed } from "./words.ts";

/** The field with its spans drawn into it; select text to mark it. */
export function Field({ view, question, value, spec }: FieldQuestionProps) {
  const text = String(value);
  const box = useRef<HTMLDivElement>(null);
  const caret = useRef<Caret | null>(null);
  const points = useMemo(() => pointsOf(text), [text]);
  const questions = (view.spec.value?.questions ?? []).filter(
    (each) => each.type === "span" && each.field === question.field,
  );
  const draw = useDrawnPieces();
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
        aria-label={t("span.text", { title: spec.title })}
        ref={box}
        onPointerDown={(event) => event.shiftKey && caret.current?.begin(event.clientX, event.clientY)}
        // With Shift the notebook would select cells and keep the browser from selecting text.
        onMouseDown={(event) => event.shiftKey && event.stopPropagation()}
        onPointerUp={release}
        onFocus={() => focusQuestion(view, questions)}
      >
        {draw(pieces(text.length, drawn), text)}
      </div>
      <Spoken view={view} questions={questions} field={spec.name} text={text} points={points} />
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

/** Draws the pieces of one text. A piece that is as it was is handed out again, which spares the comparison of a thousand. */
function useDrawnPieces(): (pieces: Piece[], text: string) => VNode[] {
  const before = useRef(new Map<string, VNode>());
  return (all, text) => {
    const now = new Map<string, VNode>();
    const nodes = all.map((piece) => {
      const style = piece.over.length ? paint(piece.over) : "";
      const tags = piece.tags.join(" · ");
      const sign = `${piece.start} ${piece.end} ${style} ${tags}`;
      const node = before.current.get(sign) ?? pieceOf(piece, text, style, tags);
      now.set(sign, node);
      return node;
    });
    before.current = now;
    return nodes;
  };
}

function pieceOf({ start, end, over }: Piece, text: string, style: string, tags: string): VNode {
  const content = text.slice(start, end);
  if (!style)
    return (
      <span key={start} data-at={start}>
        {content}
      </span>
    );
  return (
    <span
      key={start}
      data-at={start}
      class="fw-mark"
      data-suggested={over.at(-1)?.span.suggested || undefined}
      data-tags={tags || undefined}
      style={style}
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

interface SpokenProps {
  view: View;
  questions: QuestionSpec[];
  field: string;
  text: string;
  points: Points;
}

/** What a screen reader hears of the selection. Apart, so that a moving caret draws nothing else anew. */
function Spoken({ view, questions, field, text, points }: SpokenProps) {
  const place = view.marking.selected.value;
  const here = place && place.field === field ? place : null;
  const labels = here
    ? questions.flatMap((spec) =>
        spansIn(view.values.value[spec.name])
          .filter((span) => span.start < here.end && here.start < span.end)
          .map((span) => textOf(spec, span.label)),
      )
    : [];
  const part = here ? text.slice(points.unit(here.start), points.unit(here.end)).slice(0, 100) : "";
  return (
    <p class="fw-hidden" aria-live="polite">
      {labels.length ? `${part}: ${labels.join(", ")}` : part}
    </p>
  );
}
