import { t } from "../text.ts";
import type { Status } from "../wire.ts";
import { progressInWords } from "./header.tsx";
import { inTheWay } from "./host.ts";
import { Summary } from "./summary.tsx";
import type { View } from "./view.ts";

/** Shown only after a moment (theme.css), so that a quick kernel never makes it flash. */
export function Connecting({ view }: { view: View }) {
  const problem = view.session.problem.value;
  return (
    <div class="fw-state fw-later">
      <p>{problem ? t("state.refused", { problem }) : t("state.connecting")}</p>
      {!problem && (
        <p class="fw-muted">
          {inTheWay(view.session.link.host.state.value, 0) ?? t("state.connecting_more")}
        </p>
      )}
    </div>
  );
}

export function Waiting() {
  return (
    <div class="fw-state fw-later" data-fw="more">
      <p>{t("state.waiting")}</p>
      <p class="fw-muted">{t("state.kept")}</p>
    </div>
  );
}

/** Nothing is left but what others are answering: no dead end, the page asks again by itself. */
export function Held({ view }: { view: View }) {
  const { records, window } = view.walk.value;
  records.version.value; // the count comes with each look
  const count = window.heldByOthers;
  return (
    <div class="fw-state" data-fw="held" role="status">
      <h3>{t("state.held")}</h3>
      <p>{t("state.held_more", { n: count })}</p>
      <p class="fw-muted">{progressInWords(view.session.progress.value)}</p>
    </div>
  );
}

/** The end of a queue of answers. */
function QueueEnd({ view, queue }: { view: View; queue: Status }) {
  const empty = !view.session.progress.value[queue];
  return (
    <div class="fw-state" data-fw="queue-end" role="status">
      <h3>{t(empty ? `empty.${queue}` : `end.${queue}`)}</h3>
      <p>{t(`end.${queue}_more`)}</p>
      <p>
        <button type="button" data-fw="go-on" onClick={() => view.choose("pending")}>
          {t("end.go_on")} <kbd aria-hidden="true">Alt 1</kbd>
        </button>
      </p>
    </div>
  );
}

export function Done({ view }: { view: View }) {
  const { queue } = view.walk.value;
  if (queue) return <QueueEnd view={view} queue={queue} />;
  return <AllDone view={view} />;
}

function AllDone({ view }: { view: View }) {
  const progress = view.session.progress.value;
  const waiting = view.session.outbox.waiting.value.length;
  if (!progress.total) {
    return (
      <div class="fw-state" data-fw="done">
        <h3>{t("done.none")}</h3>
        <p>{t("done.none_more")}</p>
      </div>
    );
  }
  return (
    <div class="fw-state" data-fw="done">
      <p class="fw-tick" aria-hidden="true">
        ✓
      </p>
      <h3>{t("done")}</h3>
      {view.pace.times.value.length > 0 ? <Summary view={view} /> : <p>{progressInWords(progress)}</p>}
      {waiting > 0 && <p>{t("done.waiting", { n: waiting })}</p>}
      <button type="button" data-fw="back" onClick={() => view.step(-1)}>
        <kbd aria-hidden="true">←</kbd> {t("done.back")}
      </button>
    </div>
  );
}
