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
      <p>{problem ? `The kernel does not let this page in: ${problem}` : "connecting to the kernel…"}</p>
      {!problem && (
        <p class="fw-muted">
          {inTheWay(view.session.link.host.state.value, 0) ??
            "If a cell is running, the desk opens when the kernel answers. If nothing happens, run the cell again."}
        </p>
      )}
    </div>
  );
}

export function Waiting() {
  return (
    <div class="fw-state fw-later" data-fw="more">
      <p>Waiting for the kernel to send more records…</p>
      <p class="fw-muted">Your answers are kept and will be sent.</p>
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
      <h3>Waiting for others</h3>
      <p>
        {count === 1
          ? "1 record is being answered by others; it comes back here if it is not finished."
          : `${count} records are being answered by others; they come back here if they are not finished.`}
      </p>
      <p class="fw-muted">{progressInWords(view.session.progress.value)}</p>
    </div>
  );
}

const NONE = {
  draft: ["No drafts left", "What you begin and do not submit is kept here."],
  submitted: [
    "That was the last submitted answer",
    "Answers that you submit can be read again, and changed, here.",
  ],
  discarded: ["That was the last discarded record", "Records that you discard can be taken up again here."],
} as const;

/** The end of a queue of answers. */
function QueueEnd({ view, queue }: { view: View; queue: Status }) {
  const [title, text] = NONE[queue];
  const empty = !view.session.progress.value[queue];
  return (
    <div class="fw-state" data-fw="queue-end" role="status">
      <h3>{empty ? EMPTY[queue] : title}</h3>
      <p>{text}</p>
      <p>
        <button type="button" data-fw="go-on" onClick={() => view.choose("pending")}>
          Go on with what waits <kbd aria-hidden="true">Alt 1</kbd>
        </button>
      </p>
    </div>
  );
}

const EMPTY = {
  draft: "No drafts",
  submitted: "Nothing is submitted yet",
  discarded: "Nothing is discarded",
} as const;

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
        <h3>No records yet</h3>
        <p>Add some with dataset.add_records(…), then run this cell again.</p>
      </div>
    );
  }
  return (
    <div class="fw-state" data-fw="done">
      <p class="fw-tick" aria-hidden="true">
        ✓
      </p>
      <h3>All done, thank you</h3>
      <p>{progressInWords(progress)}</p>
      {view.pace.times.value.length > 0 && <Summary view={view} />}
      {waiting > 0 && <p>{waiting} still waiting to be saved: keep this page open.</p>}
      <button type="button" data-fw="back" onClick={() => view.step(-1)}>
        <kbd aria-hidden="true">←</kbd> Look back at your answers
      </button>
    </div>
  );
}
