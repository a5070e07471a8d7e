/** The part of the desk that draws maths and coloured code. */
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
export const wantRich = (): void => part.want();
