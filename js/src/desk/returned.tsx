import { t } from "../text.ts";
import type { RecordView } from "../wire.ts";

/** That a reviewer asks for this answer again, and why: as text, whatever it holds. */
export function Returned({ record: { returned } }: { record: RecordView }) {
  if (!returned) return null;
  return (
    <div class="fw-changes" data-fw="returned" role="note">
      <div dir="auto">↩ {t("returned", { by: returned.by })}</div>
      <div class="fw-plain" dir="auto">
        {returned.comment}
      </div>
    </div>
  );
}
