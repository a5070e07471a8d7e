import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../text.ts";
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
          {t("comment.add")}
        </button>
      </p>
    );
  return (
    <label class="fw-remark">
      <span>{t("comment")}</span>
      <textarea
        ref={box}
        data-fw="comment"
        dir="auto"
        rows={2}
        maxLength={10_000}
        value={view.comment.value}
        placeholder={t("comment.what")}
        onInput={(event) => view.remark(event.currentTarget.value)}
        onBlur={() => view.pause()}
      />
    </label>
  );
}
