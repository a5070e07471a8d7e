import { type Range, wordAt, wordsOf } from "./words.ts";

/** The native selection, also inside a shadow root. */
function selectionIn(element: HTMLElement): Selection | null {
  const root = element.getRootNode() as (Document | ShadowRoot) & { getSelection?(): Selection | null };
  return root.getSelection?.() ?? document.getSelection();
}

/**
 * A caret that stands on words, in a text made of pieces (each a child with one text node). It is drawn as the browser's own
 * selection, so that moving it paints nothing anew.
 */
export class Caret {
  readonly element: HTMLElement;
  readonly text: string;
  readonly words: Range[];
  #anchor: Range = { start: 0, end: 0 };
  #focus: Range = { start: 0, end: 0 };
  #forward = true; // the selection's end moves, not its start
  #drawn = false;
  #tell: (range: Range | null) => void;

  constructor(element: HTMLElement, text: string, tell: (range: Range | null) => void) {
    this.element = element;
    this.text = text;
    this.words = wordsOf(text);
    this.#tell = tell;
  }

  /** From the first of what is selected to the last. */
  get range(): Range {
    return {
      start: Math.min(this.#anchor.start, this.#focus.start),
      end: Math.max(this.#anchor.end, this.#focus.end),
    };
  }

  /** Stand on a range, as after a click. */
  stand(range: Range): void {
    this.#anchor = this.#focus = range;
    this.#forward = true;
    this.show();
  }

  /** Stand on a range without drawing it: what was just marked shows itself. */
  hold(range: Range): void {
    this.#anchor = this.#focus = range;
    this.#forward = true;
    this.#drawn = false;
    selectionIn(this.element)?.removeAllRanges();
    this.#tell(range);
  }

  /** Stand nowhere. */
  leave(): void {
    this.#drawn = false;
    this.#tell(null);
  }

  /** Draw the caret again where it was drawn, after the pieces have changed. */
  again(): void {
    if (this.#drawn) this.show();
  }

  /** To the word before (-1) or after (1); with `extend` the selection grows or shrinks by it. */
  step(by: -1 | 1, extend: boolean): void {
    const { start, end } = extend ? this.#focus : this.range;
    const at = by < 0 ? wordAt(this.words, start) - 1 : wordAt(this.words, end);
    this.#go(this.words[this.range.end ? at : 0], extend);
  }

  /** The selection's moving end, by one character. */
  nudge(by: -1 | 1): void {
    const { start, end } = this.range;
    const edge = this.#forward ? end : start;
    const beside = by < 0 ? [...this.text.slice(0, edge)].at(-1) : [...this.text.slice(edge, edge + 2)][0];
    const to = edge + by * (beside?.length ?? 0);
    const moved = this.#forward ? { start, end: to } : { start: to, end };
    if (moved.start >= moved.end) return;
    this.#anchor = this.#focus = moved;
    this.show();
  }

  /** To the word above (-1) or below (1), by where the browser has drawn them. */
  line(by: -1 | 1, extend: boolean): void {
    const range = this.#native(this.#focus);
    const box = range?.getBoundingClientRect?.();
    if (!box) return;
    const line = Number.parseFloat(getComputedStyle(this.element).lineHeight) || box.height * 1.6;
    const x = (box.left + box.right) / 2;
    for (const step of [1, 1.5, 2]) {
      const unit = this.#unitAt(x, (box.top + box.bottom) / 2 + by * line * step);
      const word = unit === null ? undefined : this.words[wordAt(this.words, unit)];
      if (word && (by < 0 ? word.start < this.#focus.start : word.start > this.#focus.start))
        return this.#go(word, extend);
    }
  }

  /** What the browser has selected in the text, in units; null where the selection is elsewhere. */
  selected(): Range | null {
    const selection = selectionIn(this.element);
    if (!selection?.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!this.element.contains(range.startContainer) || !this.element.contains(range.endContainer))
      return null;
    return {
      start: this.#unitOf(range.startContainer, range.startOffset),
      end: this.#unitOf(range.endContainer, range.endOffset),
    };
  }

  /** Draw the caret as the browser's selection. */
  show(): void {
    const { start, end } = this.range;
    const range = end > start ? this.#native({ start, end }) : null;
    const selection = selectionIn(this.element);
    if (range && selection) {
      selection.setBaseAndExtent(
        range.startContainer,
        range.startOffset,
        range.endContainer,
        range.endOffset,
      );
      this.#reveal(range);
    }
    this.#drawn = range !== null;
    this.#tell(range ? { start, end } : null);
  }

  #go(word: Range | undefined, extend: boolean): void {
    if (!word) return;
    if (!extend) this.#anchor = word;
    this.#focus = word;
    this.#forward = word.start >= this.#anchor.start;
    this.show();
  }

  #reveal(range: globalThis.Range): void {
    const pane = this.element.closest<HTMLElement>(".fw-scroll");
    const box = range.getBoundingClientRect?.();
    if (!pane || !box) return;
    const { top, bottom } = pane.getBoundingClientRect();
    if (box.top < top + 8) pane.scrollTop -= top + 24 - box.top;
    else if (box.bottom > bottom - 8) pane.scrollTop += box.bottom - bottom + 24;
  }

  #native({ start, end }: Range): globalThis.Range | null {
    const from = this.#nodeAt(start);
    const to = this.#nodeAt(end, true);
    if (!from || !to) return null;
    const range = document.createRange();
    range.setStart(...from);
    range.setEnd(...to);
    return range;
  }

  /** The text node and offset of a unit; at a border the piece before it where something ends there. */
  #nodeAt(unit: number, ends = false): [Node, number] | null {
    const children = this.element.children;
    let [low, high] = [0, children.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const begins = Number((children[middle] as HTMLElement).dataset.at);
      if (ends ? begins < unit : begins <= unit) low = middle;
      else high = middle - 1;
    }
    const child = children[low] as HTMLElement | undefined;
    const node = child?.firstChild;
    return child && node ? [node, unit - Number(child.dataset.at)] : null;
  }

  #unitOf(node: Node, offset: number): number {
    const range = document.createRange();
    range.setStart(this.element, 0);
    range.setEnd(node, offset);
    return range.toString().length;
  }

  /** Begin a selection here: with Shift held the browser would go on from wherever the last one began. */
  begin(x: number, y: number): void {
    const spot = this.#spotAt(x, y);
    if (spot) selectionIn(this.element)?.collapse(...spot);
  }

  #unitAt(x: number, y: number): number | null {
    const spot = this.#spotAt(x, y);
    return spot && this.#unitOf(...spot);
  }

  #spotAt(x: number, y: number): [Node, number] | null {
    const found = document.caretPositionFromPoint?.(x, y);
    const range = found ? null : document.caretRangeFromPoint?.(x, y);
    const node = found?.offsetNode ?? range?.startContainer;
    if (!node || !this.element.contains(node)) return null;
    return [node, found?.offset ?? range?.startOffset ?? 0];
  }
}
