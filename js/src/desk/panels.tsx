import { useLayoutEffect, useRef } from "preact/hooks";
import { Markdown } from "../html.ts";
import { remapped } from "../keyboard/shortcuts.ts";
import { type Key, t } from "../text.ts";
import { Summary } from "./summary.tsx";
import type { PanelName, View } from "./view.ts";

const PARTS: Record<PanelName, string> = { keys: "sheet", guidelines: "guide", summary: "summary" };

/** Guidelines, the sheet of keys, or what this session came to, over the record. */
export function Panel({ view }: { view: View }) {
  const box = useRef<HTMLDivElement>(null);
  const panel = view.panel.value;
  useLayoutEffect(() => {
    if (!panel) return;
    box.current?.focus({ preventScroll: true });
    const root = box.current?.closest<HTMLElement>(".fw-desk");
    return () => root?.focus({ preventScroll: true });
  }, [panel]);
  if (!panel) return null;
  const title = t(panel);
  return (
    <div class="fw-panel" role="dialog" aria-label={title} data-fw={PARTS[panel]} tabIndex={-1} ref={box}>
      <div class="fw-strip">
        <h3>{title}</h3>
        <button type="button" data-fw="close" onClick={() => view.toggle(panel)}>
          {t("close")} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
      <div class="fw-scroll" tabIndex={0} role="group" aria-label={t("panel.text", { title })}>
        {panel === "keys" && <Sheet view={view} />}
        {panel === "summary" && <Summary view={view} />}
        {panel === "guidelines" && <Markdown text={view.spec.value?.guidelines ?? t("guidelines.none")} />}
      </div>
    </div>
  );
}

function Sheet({ view }: { view: View }) {
  const spec = view.spec.value;
  const marks = spec?.questions.some((question) => question.field);
  const table = remapped(spec?.keys).filter((shortcut) => marks || shortcut.group !== "Mark");
  const groups = (["Answer", "Choose", "Mark", "Move", "Many", "More"] as const).filter((group) =>
    table.some((shortcut) => shortcut.group === group),
  );
  return (
    <div class="fw-sheet">
      {groups.map((group) => (
        <section key={group}>
          <h4>{t(`group.${group}`)}</h4>
          <dl>
            {table
              .filter((shortcut) => shortcut.group === group)
              .map(({ shown, id }) => (
                <div key={id}>
                  <dt>
                    {shown.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{t(`key.${id}` as Key)}</dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
