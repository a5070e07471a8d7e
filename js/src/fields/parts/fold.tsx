import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { spots } from "../../marks.ts";
import { t } from "../../text.ts";

/** Longer texts than this many characters are folded, … */
const LONG = 4000;
/** … to about this many. */
const SHOWN = 3000;

/** How much of a long text is shown folded: up to the end of a paragraph, a line or a word, never half a character. */
export function cutAt(text: string): number {
  if (text.length <= LONG) return text.length;
  for (const end of ["\n\n", "\n", " "]) {
    const at = text.lastIndexOf(end, SHOWN);
    if (at > SHOWN * 0.8) return at;
  }
  return /[\uD800-\uDBFF]/.test(text.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
}

interface Folding {
  text: string;
  /** A text with a hit in its hidden part is shown in full. */
  marks: string[];
  children: (shown: string) => ComponentChildren;
}

/** A long text, folded until somebody wants all of it. */
export function Folded({ text, marks, children }: Folding) {
  const cut = cutAt(text);
  const [open, setOpen] = useState(() => spots(text.slice(cut), marks).length > 0);
  return (
    <>
      {children(open ? text : text.slice(0, cut))}
      {cut < text.length && (
        <Unfold open={open} set={setOpen} all={t("field.all_characters", { n: text.length })} />
      )}
    </>
  );
}

/** The button under what is folded; the desk's key for it presses every one on show. */
export function Unfold({ open, set, all }: { open: boolean; set: (open: boolean) => void; all: string }) {
  return (
    <button type="button" class="fw-unfold" data-fw="unfold" aria-expanded={open} onClick={() => set(!open)}>
      {open ? t("field.less") : all} <kbd aria-hidden="true">.</kbd>
    </button>
  );
}
