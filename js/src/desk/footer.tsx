import type { View } from "./view.ts";

/** What can be done with the record, and what the desk has to say about it. */
export function Footer({ view }: { view: View }) {
  const here = view.phase.value === "record";
  return (
    <footer class="fw-footer">
      <p class="fw-notice" data-fw="notice" role="status" aria-live="polite">
        {view.notice.value}
      </p>
      <div class="fw-actions">
        <button type="button" data-fw="discard" aria-disabled={!here} onClick={() => view.discard()}>
          Discard <kbd aria-hidden="true">⌫</kbd>
        </button>
        <button type="button" data-fw="draft" aria-disabled={!here} onClick={() => view.saveDraft()}>
          Save draft <kbd aria-hidden="true">Ctrl S</kbd>
        </button>
        <button
          type="button"
          class="fw-primary"
          data-fw="submit"
          aria-disabled={!here}
          onClick={() => view.submit()}
        >
          Submit <kbd aria-hidden="true">⏎</kbd>
        </button>
      </div>
    </footer>
  );
}
