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
  const sought = words.map(folded).filter(Boolean);
  const found: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && found.length < MOST; node = walker.nextNode()) {
    for (const [start, end] of spots(node.nodeValue ?? "", sought)) {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, end);
      found.push(range);
    }
  }
  return found;
}

/** Where the words are in a text, in order and without overlap. */
export function spots(text: string, sought: string[]): [number, number][] {
  const low = folded(text);
  const all: [number, number][] = [];
  for (const word of sought)
    for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length))
      all.push([at, at + word.length]);
  all.sort(([a, b], [c, d]) => a - c || d - b);
  const apart: [number, number][] = [];
  for (const spot of all) if (spot[0] >= (apart.at(-1)?.[1] ?? 0)) apart.push(spot);
  return apart;
}

/** Lower case and without accents, each character in the place it had: places in the result are places in the text. */
export function folded(text: string): string {
  const low = text.toLowerCase();
  if (!/[^\0-\x7f]/.test(text)) return low;
  return Array.from(text, (character) => {
    const plain = character.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain.length === character.length ? plain : character;
  }).join("");
}
