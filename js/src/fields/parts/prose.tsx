import { useLayoutEffect, useRef } from "preact/hooks";
import { Markdown } from "../../html.ts";
import { paint } from "../../marks.ts";
import { Folded } from "./fold.tsx";

/** A text of a record, plain or markdown, folded where it is long, with the searched words marked. */
export function Prose({ text, markdown, marks }: { text: string; markdown: boolean; marks: string[] }) {
  return (
    <Folded text={text} marks={marks}>
      {(shown) => (markdown ? <Markdown text={shown} marks={marks} /> : <Plain text={shown} marks={marks} />)}
    </Folded>
  );
}

function Plain({ text, marks }: { text: string; marks: string[] }) {
  const box = useMarks(marks, [text]);
  return (
    // A new element for each text: marks inside the old one would be in the way.
    <div class="fw-plain" dir="auto" key={text.length} ref={box}>
      {text}
    </div>
  );
}

/** A ref for the element in which searched words are marked, again whenever one of `shown` changes. */
export function useMarks(marks: string[], shown: unknown[]) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (box.current ? paint(box.current, marks) : undefined), [marks, ...shown]);
  return box;
}
