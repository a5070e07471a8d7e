/** From a UTF-16 unit, before another. */
export interface Range {
  start: number;
  end: number;
}

const segmenter = globalThis.Intl?.Segmenter && new Intl.Segmenter(undefined, { granularity: "word" });

/** Everything in a text that a caret may stand on: words, numbers, and each run of signs; never blanks. */
export function wordsOf(text: string): Range[] {
  const pieces = segmenter
    ? Array.from(segmenter.segment(text), ({ segment, index }) => ({ segment, index }))
    : Array.from(text.matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]+/gu), (found) => ({
        segment: found[0],
        index: found.index,
      }));
  return pieces
    .filter(({ segment }) => segment.trim())
    .map(({ segment, index }) => ({ start: index, end: index + segment.length }));
}

/** The first word that ends after a place: binary search, because texts may be long. */
export function wordAt(words: Range[], unit: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.end ?? 0) > unit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A selection grown to whole words, without blanks at its edges; null where nothing but blanks is selected. */
export function snapped(text: string, words: Range[], { start, end }: Range): Range | null {
  const found = trimmed(text, { start, end });
  if (!found) return null;
  const first = words[wordAt(words, found.start)];
  const last = words[wordAt(words, found.end - 1)];
  return {
    start: first && first.start < found.start ? first.start : found.start,
    end: last && last.start < found.end ? Math.max(last.end, found.end) : found.end,
  };
}

/** A selection without blanks at its edges; null where nothing is left. */
export function trimmed(text: string, { start, end }: Range): Range | null {
  const part = text.slice(start, end);
  const from = start + part.length - part.trimStart().length;
  const to = from + part.trim().length;
  return to > from ? { start: from, end: to } : null;
}
