/** Highlights words in what is shown, without touching it where the browser can: what frameworks and selections rely on stays. */

const NAME = "fw-marks";
const MOST = 2000; // hits in one field: beyond that nobody counts them

type Unpaint = () => void;

/** Highlight every occurrence of the words below `root`; returns what takes the highlights away. */
export function paint(root: Element, words: string[]): Unpaint | undefined {
  const ranges = words.length ? hits(root, words) : [];
  if (!ranges.length) return undefined;
  const highlights = globalThis.CSS?.highlights;
  return highlights ? paintOver(ranges, highlights) : paintInside(ranges);
}

function paintOver(ranges: Range[], highlights: HighlightRegistry): Unpaint {
  const highlight = highlights.get(NAME) ?? new Highlight();
  highlights.set(NAME, highlight);
  for (const range of ranges) highlight.add(range);
  return () => {
    for (const range of ranges) highlight.delete(range);
  };
}

/** For browsers without the Custom Highlight API: a `mark` around each hit. */
function paintInside(ranges: Range[]): Unpaint {
  const marks = ranges.reverse().map((range) => {
    const mark = document.createElement("mark");
    mark.className = "fw-mark";
    range.surroundContents(mark);
    return mark;
  });
  return () => {
    for (const mark of marks) {
      const parent = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      parent?.normalize();
    }
  };
}

function hits(root: Element, words: string[]): Range[] {
  const found: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && found.length < MOST; node = walker.nextNode()) {
    for (const [start, end] of spots(node.nodeValue ?? "", words)) {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, end);
      found.push(range);
    }
  }
  return found;
}

// What a word is, and what does not count in it, is as feedback_widgets/words.py has it; tests/cases/marks.json is for both.
const ACCENTS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]|\ufe0e|\ufe0f/g;
/** Written without blanks, and emoji: each character is a word. */
const SINGLE =
  "[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u2600-\\u27bf\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{1f000}-\\u{1faff}\\u{20000}-\\u{3ffff}]";
const SIGNS = "[\\p{M}\\u200d]";
const LETTER = `(?!${SINGLE})[\\p{L}\\p{N}]`;
const WORD = `${SINGLE}${SIGNS}*|${LETTER}(?:${LETTER}|${SIGNS})*`;
const FOLDED = new RegExp(WORD, "gu");
const WRITTEN = new RegExp(`${WORD}|[^\\s\\x00-\\x7f]${SIGNS}*`, "gu");
/** Characters of a word that count. */
const LONGEST = 64;

interface Placed {
  word: string;
  start: number;
  end: number;
}

function placed(text: string): Placed[] {
  const all: Placed[] = [];
  for (const { 0: written, index } of text.matchAll(WRITTEN))
    for (const word of folded(written).match(FOLDED) ?? [])
      all.push({
        word: Array.from(word).slice(0, LONGEST).join(""),
        start: index,
        end: index + written.length,
      });
  return all;
}

/**
 * Where a text holds what is marked, in order and without overlap.
 *
 * @param marks folded words, phrases (`big red`) and beginnings (`pre*`), as the kernel says them.
 */
export function spots(text: string, marks: string[]): [number, number][] {
  if (!marks.length) return [];
  const here = placed(text);
  const all = marks.flatMap((mark) => {
    const open = mark.endsWith("*");
    const sought = (open ? mark.slice(0, -1) : mark).split(" ");
    const found: [number, number][] = [];
    for (let at = 0; at + sought.length <= here.length; at += 1)
      if (begins(here, at, sought, open))
        found.push([(here[at] as Placed).start, (here[at + sought.length - 1] as Placed).end]);
    return found;
  });
  all.sort(([a, b], [c, d]) => a - c || d - b);
  const apart: [number, number][] = [];
  for (const spot of all) {
    const last = apart.at(-1);
    if (last && spot[0] < last[1]) last[1] = Math.max(last[1], spot[1]);
    else apart.push(spot);
  }
  return apart;
}

/** Whether these words stand at a place; the last may go on where `open`. */
function begins(here: Placed[], at: number, sought: string[], open: boolean): boolean {
  return sought.every((word, step) => {
    const found = here[at + step]?.word ?? "";
    return open && step === sought.length - 1 ? found.startsWith(word) : found === word;
  });
}

/** A text without what does not count: case, accents, and the width or shape of a letter. */
export function folded(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  const bare = text.normalize("NFKD").replace(ACCENTS, "").toLowerCase();
  return bare.replaceAll("ß", "ss").replaceAll("ς", "σ").normalize("NFKC").replace(ACCENTS, "");
}
