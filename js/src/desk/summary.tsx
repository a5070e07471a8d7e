import { t } from "../text.ts";
import { progressInWords } from "./header.tsx";
import { paceInWords, timeInWords } from "./pace.ts";
import type { View } from "./view.ts";

/** What was done in this view since it was opened. */
export function Summary({ view }: { view: View }) {
  const { submitted, discarded, skipped } = view.pace.done.value;
  const active = view.pace.times.value.reduce((sum, each) => sum + each, 0);
  const { seconds } = view.pace;
  const rows: [string, string | number][] = [
    [t("status.submitted"), submitted],
    [t("status.discarded"), discarded],
    [t("summary.skipped"), skipped],
    [t("summary.time"), timeInWords(active)],
  ];
  if (seconds !== null) rows.push([t("summary.pace"), paceInWords(seconds, left(view))]);
  return (
    <div class="fw-summary" data-fw="summary-text">
      <dl>
        {rows.map(([name, said]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
      <p class="fw-muted">{t("summary.all", { progress: progressInWords(view.session.progress.value) })}</p>
    </div>
  );
}

/** How quickly it goes, once that can be told. */
export function PaceLine({ view }: { view: View }) {
  const { seconds } = view.pace;
  return seconds === null ? null : (
    <span class="fw-pace" data-fw="pace">
      {paceInWords(seconds, left(view))}
    </span>
  );
}

function left(view: View): number {
  const { pending, draft } = view.session.progress.value;
  return pending + draft;
}
