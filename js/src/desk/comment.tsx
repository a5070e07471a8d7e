import { useLayoutEffect, useRef } from "preact/hooks";
import type { View } from "./view.ts";

/** The annotator's remark on the record: kept with the answer, and as a draft while there is none. */
export function Comment({ view }: { view: View }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const asked = view.commentAsked.value;
  const seen = useRef(asked);
  useLayoutEffect(() => {
    if (asked !== seen.current) box.current?.focus();
    seen.current = asked;
  }, [asked]);
  if (!view.commenting.value)
    return (
      <p class="fw-remark">
        <button type="button" class="fw-link" data-fw="comment-open" onClick={() => view.askComment()}>
          Add a comment
        </button>
      </p>
    );
  return (
    <label class="fw-remark">
      <span>Comment</span>
      <textarea
        ref={box}
        data-fw="comment"
        dir="auto"
        rows={2}
        maxLength={10_000}
        value={view.comment.value}
        placeholder="What should others know about this record?"
        onInput={(event) => view.remark(event.currentTarget.value)}
        onBlur={() => view.pause()}
      />
    </label>
  );
}
