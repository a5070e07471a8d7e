/** The part of the desk that draws maths and coloured code. */
import { effect, signal } from "@preact/signals";
import { Part, type Source } from "./part.ts";

export interface Rich {
  /** Program text as HTML of `<span class="hljs-…">`; null for a language it does not know. */
  highlight(code: string, language: string): string | null;
  /** TeX as MathML; null where it cannot be read. */
  maths(tex: string, display: boolean): string | null;
  /** The colours of program text. */
  css?: string;
}

const part = new Part<Rich>("The labelling desk shows maths and code plainly:");

export const rich = part.here;
export const richFrom = (source: Source): (() => void) => part.from(source);
/** Texts with formulas may wait so many ms for the part, once in a page; what was shown without it stays as it is. */
const MOMENT = 500;

/** Whether what is drawn stays out of sight for a moment, so that it need not jump. */
export const drawing = signal(false);
let waited = false;

/** Something on show needs the part; `changes` says that it takes more or less room with it. */
export function wantRich(changes = false): void {
  part.want();
  if (!changes || waited) return;
  waited = true;
  drawing.value = true;
  const stop = effect(() => {
    if (part.here.value || part.problem.value) drawing.value = false;
  });
  setTimeout(() => {
    stop();
    drawing.value = false;
  }, MOMENT);
}
