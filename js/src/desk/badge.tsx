import type { Entry } from "../outbox/shelf.ts";
import { mend } from "./going.ts";
import { inTheWay } from "./host.ts";
import type { View } from "./view.ts";

interface Said {
  state: "connecting" | "refused" | "waiting" | "memory" | "saved";
  text: string;
  title: string;
}

/** What the badge says. "Saved" is said only of what is on disk. */
export function badge(view: View): Said {
  const { welcome, outbox, problem, link } = view.session;
  const count = outbox.waiting.value.length;
  const kept = outbox.mirrored.value ? "kept in this browser" : "kept in this page only, do not close it";
  const [refused, ...others] = outbox.refused.value;
  if (problem.value)
    return { state: "refused", text: `refused: ${problem.value}`, title: "Run the cell again." };
  if (!welcome.value) {
    const why = inTheWay(link.host.state.value, count);
    const text = why ?? (count ? `connecting · ${count} waiting, ${kept}` : "connecting to the kernel…");
    return { state: "connecting", text, title: "The desk has not heard from the kernel yet." };
  }
  if (refused) {
    const more = others.length ? ` · ${others.length} more` : "";
    const text = `refused: ${refused.refused}${more}`;
    return { state: "refused", text, title: "Not stored. Mend it or dismiss it." };
  }
  if (count) {
    const way = inTheWay(link.host.state.value, count);
    const why = outbox.trouble.value ?? "kernel is busy or gone";
    const late = outbox.trouble.value === null && way ? way : `${count} waiting · ${why}: ${kept}`;
    const text = outbox.late.value ? late : `${count} waiting`;
    return { state: "waiting", text, title: `Sent again until the kernel says it is saved; ${kept}.` };
  }
  const { place, durable } = welcome.value.store;
  if (durable) return { state: "saved", text: "Saved ✓", title: `Every answer is stored in ${place}.` };
  const title = "These answers are lost when the kernel stops: call dataset.save(…) to keep them.";
  return { state: "memory", text: "In memory only", title };
}

export function Badge({ view }: { view: View }) {
  const said = badge(view);
  const { outbox } = view.session;
  const [refused] = outbox.refused.value;
  // Each answer waits for a moment: reading that out would talk over the record.
  const spoken = said.state === "waiting" && !outbox.late.value ? "" : said.text;
  return (
    <>
      <div class="fw-badge" data-fw="badge" data-state={said.state} title={said.title}>
        <span aria-hidden="true" class="fw-dot" />
        <span>{said.text}</span>
        {refused && <Mend view={view} refused={refused} />}
      </div>
      <span class="fw-hidden" role="status" aria-live="polite">
        {spoken}
      </span>
    </>
  );
}

function Mend({ view, refused }: { view: View; refused: Entry }) {
  return (
    <span class="fw-remedies">
      <button type="button" class="fw-link" data-fw="mend" onClick={() => mend(view, refused.event.event)}>
        Mend
      </button>
      <button
        type="button"
        class="fw-link"
        data-fw="dismiss"
        onClick={() => view.session.outbox.dismiss(refused.event.event)}
      >
        Dismiss
      </button>
    </span>
  );
}
