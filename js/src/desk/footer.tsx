import { t } from "../text.ts";
import { Badge } from "./badge.tsx";
import { byMouse } from "./mouse.ts";
import type { View } from "./view.ts";

/** Where the answers are, what the desk has to say, and what can be done with the record. */
export function Footer({ view }: { view: View }) {
  const here = ["record", "bulk"].includes(view.phase.value);
  return (
    <div class="fw-footer">
      <div class="fw-says">
        <Badge view={view} />
        <p class="fw-notice" data-fw="notice" role="status" aria-live="polite">
          {view.notice.value}
        </p>
      </div>
      <div class="fw-actions">
        <button
          type="button"
          data-fw="discard"
          aria-disabled={!here}
          onClick={() => byMouse(view, () => view.discard())}
        >
          {t("discard")} <kbd aria-hidden="true">⌫</kbd>
        </button>
        <button type="button" data-fw="draft" aria-disabled={!here} onClick={() => view.saveDraft()}>
          {t("draft")} <kbd aria-hidden="true">Ctrl S</kbd>
        </button>
        <button
          type="button"
          class="fw-primary"
          data-fw="submit"
          aria-disabled={!here}
          onClick={() => byMouse(view, () => view.submit())}
        >
          {t("submit")} <kbd aria-hidden="true">⏎</kbd>
        </button>
      </div>
    </div>
  );
}
