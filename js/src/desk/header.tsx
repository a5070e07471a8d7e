import { t } from "../text.ts";
import type { Progress } from "../wire.ts";
import { focusBox } from "./search_bar.tsx";
import { PaceLine } from "./summary.tsx";
import type { View } from "./view.ts";

export function Header({ view }: { view: View }) {
  const welcome = view.session.welcome.value;
  return (
    <div class="fw-header">
      <div class="fw-where">
        <h2 class="fw-name" dir="auto">
          {welcome?.dataset.name ?? (welcome ? t("unsaved") : t("desk"))}
        </h2>
        <ProgressLine view={view} progress={view.session.progress.value} known={welcome !== null} />
      </div>
      <div class="fw-tools">
        {view.soleChoice.value !== null && (
          <button
            type="button"
            role="switch"
            class="fw-switch"
            data-fw="auto"
            aria-checked={view.auto.value}
            title={t("auto.title")}
            onClick={() => {
              view.autoChosen.value = !view.auto.value;
            }}
          >
            <span aria-hidden="true" class="fw-knob" />
            {t("auto")}
          </button>
        )}
        {welcome && (
          <button
            type="button"
            data-fw="find-open"
            aria-expanded={view.search.open.value}
            onClick={() => focusBox(view)}
          >
            {t("find")} <kbd aria-hidden="true">/</kbd>
          </button>
        )}
        {welcome && (
          <button
            type="button"
            data-fw="bulk-open"
            aria-pressed={view.many.on.value}
            onClick={() => view.many.toggle()}
          >
            {t("bulk")} <kbd aria-hidden="true">b</kbd>
          </button>
        )}
        <button type="button" data-fw="undo" onClick={() => view.undo()}>
          {t("undo")} <kbd aria-hidden="true">z</kbd>
        </button>
        {view.session.redoable.value && (
          <button type="button" data-fw="redo" onClick={() => view.redo()}>
            {t("redo")} <kbd aria-hidden="true">Shift z</kbd>
          </button>
        )}
        {welcome?.spec.guidelines && (
          <Toggle view={view} panel="guidelines" text={t("guidelines")} hint="g" />
        )}
        <Toggle view={view} panel="keys" text={t("keys")} hint="?" />
      </div>
    </div>
  );
}

function Toggle({
  view,
  panel,
  text,
  hint,
}: {
  view: View;
  panel: "guidelines" | "keys";
  text: string;
  hint: string;
}) {
  return (
    <button
      type="button"
      data-fw={panel}
      aria-expanded={view.panel.value === panel}
      onClick={() => view.toggle(panel)}
    >
      {text} <kbd aria-hidden="true">{hint}</kbd>
    </button>
  );
}

/** "12 of 50 submitted · 3 drafts · 1 discarded" */
export function progressInWords({ total, submitted, draft, discarded, closed = 0 }: Progress): string {
  const words = [t("progress.submitted", { submitted, total: total - closed })];
  if (draft) words.push(t("progress.drafts", { n: draft }));
  if (discarded) words.push(t("progress.discarded", { n: discarded }));
  if (closed) words.push(t("progress.closed", { n: closed }));
  return words.join(" · ");
}

function ProgressLine({ view, progress, known }: { view: View; progress: Progress; known: boolean }) {
  const mine = progress.total - (progress.closed ?? 0);
  const share = (count: number) => ({ width: `${mine ? (100 * count) / mine : 0}%` });
  return (
    <div class="fw-progress" data-fw="progress">
      <span>{known ? progressInWords(progress) : "\u00a0"}</span>
      <PaceLine view={view} />
      <div class="fw-bar" aria-hidden="true">
        <i class="fw-submitted" style={share(progress.submitted)} />
        <i class="fw-discarded" style={share(progress.discarded)} />
        <i class="fw-drafts" style={share(progress.draft)} />
      </div>
    </div>
  );
}
