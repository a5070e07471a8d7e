import type { Span } from "../wire.ts";

/** What is marked, in code points. */
export interface Place {
  start: number;
  end: number;
}

const inOrder = (one: Span, other: Span) => one.start - other.start || one.end - other.end;
const meets = (one: Place, other: Place) => one.start < other.end && other.start < one.end;
export const samePlace = (one: Place, other: Place) => one.start === other.start && one.end === other.end;

/** The span that a place lies in, the shortest where several hold it. */
export function around(spans: Span[], { start, end }: Place): Span | undefined {
  return spans
    .filter((span) => span.start <= start && end <= span.end)
    .sort((one, other) => one.end - one.start - (other.end - other.start))[0];
}

/** The spans after a place was marked. Where spans may not overlap, the new one takes the place of those it meets. */
export function marked(spans: Span[], { start, end }: Place, label: string, overlapping: boolean): Span[] {
  const span = { start, end, label };
  if (overlapping && spans.some((each) => samePlace(each, span) && each.label === label)) return spans;
  return [...(overlapping ? spans : spans.filter((each) => !meets(each, span))), span].sort(inOrder);
}

/** The spans after one was given another label. */
export function relabelled(spans: Span[], span: Span, label: string): Span[] {
  const taken = spans.some((each) => each !== span && samePlace(each, span) && each.label === label);
  return taken
    ? spans.filter((each) => each !== span)
    : spans.map((each) => (each === span ? { start: span.start, end: span.end, label } : each));
}

/** A span to draw. */
export interface Drawn extends Place {
  /** Which colour of the palette. */
  colour: number;
  /** The label's text, which stands behind the span: colour is never the only sign. */
  tag: string;
  /** A suggestion: drawn with a dashed line. */
  suggested: boolean;
}

/** A piece of text under the same spans. */
export interface Piece extends Place {
  /** The spans over it, each with the line it is drawn on, from 0. */
  over: { span: Drawn; line: number }[];
  /** The labels of the spans that end with it. */
  tags: string[];
}

/** Cut a text of this length into pieces, each under one set of spans. */
export function pieces(length: number, spans: Drawn[]): Piece[] {
  const ordered = spans
    .filter((span) => span.start < span.end && span.end <= length)
    .sort((one, other) => one.start - other.start || other.end - one.end);
  const lines: number[] = []; // line -> where it is free again
  const laid = ordered.map((span) => {
    const free = lines.findIndex((end) => end <= span.start);
    const line = free < 0 ? lines.length : free;
    lines[line] = span.end;
    return { span, line };
  });
  const cuts = [...new Set([0, length, ...laid.flatMap(({ span }) => [span.start, span.end])])].sort(
    (one, other) => one - other,
  );
  let next = 0;
  let open: typeof laid = [];
  return cuts.slice(0, -1).map((start, at) => {
    const end = cuts[at + 1] ?? length;
    open = open.filter(({ span }) => span.end > start);
    for (let each = laid[next]; each && each.span.start <= start; each = laid[++next]) open.push(each);
    const over = open;
    return {
      start,
      end,
      over,
      tags: over.filter(({ span }) => span.end === end).map(({ span }) => span.tag),
    };
  });
}
