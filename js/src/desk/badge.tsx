import type { Entry } from "../outbox/shelf.ts";
import { t } from "../text.ts";
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
  const kept = outbox.mirrored.value ? t("badge.kept") : t("badge.kept_page");
  const [refused, ...others] = outbox.refused.value;
  if (problem.value)
    return { state: "refused", text: t("badge.refused", { why: problem.value }), title: t("badge.run") };
  if (!welcome.value) {
    // Without answers that wait, the middle of the desk says what is in the way.
    const why = count
      ? (inTheWay(link.host.state.value, count) ?? t("badge.connecting", { n: count, kept }))
      : null;
    const text = why ?? t("state.connecting");
    return { state: "connecting", text, title: t("badge.unheard") };
  }
  if (refused) {
    const more = others.length ? ` · ${t("badge.more", { n: others.length })}` : "";
    const text = t("badge.refused", { why: refused.refused ?? "" }) + more;
    return { state: "refused", text, title: t("badge.not_stored") };
  }
  if (count) {
    const way = inTheWay(link.host.state.value, count);
    const why = outbox.trouble.value ?? t("badge.gone");
    const late = outbox.trouble.value === null && way ? way : t("badge.late", { n: count, why, kept });
    const text = outbox.late.value ? late : t("badge.waiting", { n: count });
    return { state: "waiting", text, title: t("badge.again", { kept }) };
  }
  const { place, durable } = welcome.value.store;
  if (durable) return { state: "saved", text: t("badge.saved"), title: t("badge.stored", { place }) };
  const title = t("badge.memory_more");
  return { state: "memory", text: t("badge.memory"), title };
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
        {t("badge.mend")}
      </button>
      <button
        type="button"
        class="fw-link"
        data-fw="dismiss"
        onClick={() => view.session.outbox.dismiss(refused.event.event)}
      >
        {t("badge.dismiss")}
      </button>
    </span>
  );
}
