import { t } from "../text.ts";
import type { Layout, Progress } from "../wire.ts";
import { goTo } from "./going.ts";
import { QUEUES } from "./queues.ts";
import type { View } from "./view.ts";

/** The queues with their counts, and a field to go to a record by its number. */
export function QueueTabs({ view }: { view: View }) {
  const progress = view.session.progress.value;
  const current = view.walk.value.queue ?? "pending";
  return (
    <div class="fw-queues" data-fw="queues">
      <div class="fw-tabs" role="group" aria-label={t("queues")}>
        {QUEUES.map((queue, at) => (
          <button
            type="button"
            key={queue}
            data-fw="queue"
            data-queue={queue}
            aria-pressed={queue === current}
            title={`Alt+${at + 1}`}
            onClick={() => view.choose(queue)}
          >
            {t(`queue.${queue}`)} <span class="fw-count">{inQueue(progress, queue)}</span>
          </button>
        ))}
      </div>
      <GoTo view={view} total={progress.total} />
    </div>
  );
}

/** Drafts wait for a final answer too: they are counted where they are listed. */
function inQueue(progress: Progress, queue: Layout["queue"]): number {
  return queue === "pending" ? progress.pending : progress[queue];
}

function GoTo({ view, total }: { view: View; total: number }) {
  const here = (view.record.value?.at ?? view.record.value?.index ?? -1) + 1;
  return (
    <label class="fw-goto">
      {t("goto")}{" "}
      <input
        type="text"
        inputMode="numeric"
        data-fw="goto"
        size={Math.max(2, String(total).length)}
        aria-label={t("goto.which", { total })}
        value={here || ""}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.isComposing) return;
          event.preventDefault();
          event.stopPropagation();
          const root = event.currentTarget.closest<HTMLElement>(".fw-desk");
          const wanted = event.currentTarget.value.trim();
          root?.focus({ preventScroll: true });
          void goTo(view, /^\d+$/.test(wanted) ? Number(wanted) : Number.NaN);
        }}
        onBlur={(event) => {
          event.currentTarget.value = String(here || "");
        }}
      />
    </label>
  );
}
