import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { View } from "../desk/view.ts";
import { paint } from "../marks.ts";
import { t } from "../text.ts";
import type { FieldSpec, RecordView, Spec } from "../wire.ts";
import { counted, SIZES, shortened, valueInWords } from "./bulk.ts";
import { GroupPanel } from "./group_panel.tsx";

/** Characters of a field that a row, or a card, shows. */
const ROW = 280;
const CARD = 900;

/** A page of records to select from, beside the form that answers for all of them. */
export function BulkRows({ view }: { view: View }) {
  const { bulk } = view.many;
  const rows = bulk.rows.value;
  const cards = bulk.cards.value;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = bulk.at.value;
  useLayoutEffect(() => {
    list.current?.querySelector("[data-active]")?.scrollIntoView?.({ block: "nearest" });
  }, [at]);
  useLayoutEffect(() => list.current?.focus({ preventScroll: true }), []);
  return (
    <section class="fw-record fw-bulk" data-fw="bulk" aria-label={t("bulk.records")}>
      <Bar view={view} />
      <GroupPanel view={view} />
      <Refusals view={view} />
      {!rows.length && (
        <p class="fw-state" data-fw="bulk-empty">
          {bulk.busy.value ? t("many.busy") : t("bulk.empty")}
        </p>
      )}
      <div
        class="fw-scroll fw-rows"
        data-cards={cards || undefined}
        data-fw="rows"
        role="listbox"
        aria-multiselectable="true"
        aria-label={t("bulk.list")}
        aria-activedescendant={rows.length ? `${id}-${at}` : undefined}
        aria-busy={bulk.busy.value}
        tabIndex={0}
        ref={list}
      >
        {rows.map((row, place) => (
          <Row key={row.record} id={`${id}-${place}`} view={view} row={row} place={place} />
        ))}
      </div>
      <Confirmation view={view} />
    </section>
  );
}

function Bar({ view }: { view: View }) {
  const { bulk } = view.many;
  const count = bulk.count.value;
  const beyond = bulk.beyond.value.size;
  return (
    <div class="fw-strip fw-bulk-bar">
      <span role="status" data-fw="bulk-count">
        {count ? t("bulk.selected", { n: count }) : counted(bulk.rows.value.length)}
        {beyond > 0 && <span class="fw-muted"> · {t("bulk.beyond", { n: beyond })}</span>}
      </span>
      <button type="button" data-fw="bulk-all" onClick={() => bulk.chooseAll()}>
        {t("bulk.all")} <kbd aria-hidden="true">Ctrl A</kbd>
      </button>
      <button
        type="button"
        data-fw="bulk-accept"
        aria-disabled={!count}
        onClick={() => bulk.acceptSuggestions()}
      >
        {t("bulk.accept")} <kbd aria-hidden="true">.</kbd>
      </button>
      <span class="fw-steps fw-bulk-tools">
        <select
          class="fw-box"
          data-fw="bulk-size"
          aria-label={t("bulk.size")}
          value={String(bulk.size.value)}
          onChange={(event) => bulk.resize(Number(event.currentTarget.value))}
        >
          {SIZES.map((size) => (
            <option key={size} value={String(size)}>
              {t("bulk.page", { n: size })}
            </option>
          ))}
        </select>
        <button
          type="button"
          data-fw="bulk-cards"
          aria-pressed={bulk.cards.value}
          onClick={() => {
            bulk.cards.value = !bulk.cards.value;
          }}
        >
          {t("bulk.cards")}
        </button>
        <button type="button" aria-label={t("bulk.before")} data-fw="bulk-back" onClick={() => bulk.turn(-1)}>
          ←
        </button>
        <button type="button" aria-label={t("bulk.after")} data-fw="bulk-next" onClick={() => bulk.turn(1)}>
          →
        </button>
        <button type="button" data-fw="bulk-close" onClick={() => bulk.close()}>
          {t("bulk.close")} <kbd aria-hidden="true">b</kbd>
        </button>
      </span>
    </div>
  );
}

function Row({ id, view, row, place }: { id: string; view: View; row: RecordView; place: number }) {
  const { bulk } = view.many;
  const spec = view.spec.value;
  bulk.records.version.value; // answers come and are stored
  const status = bulk.records.answer(row.record)?.status;
  const chosen = bulk.chosen.value.has(row.record);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names its active row.
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the list's.
    <div
      id={id}
      class="fw-row"
      data-fw="row"
      data-record={row.record}
      data-active={place === bulk.at.value || undefined}
      role="option"
      aria-selected={chosen}
      onClick={(event) => bulk.choose(place, event.shiftKey)}
    >
      <span class="fw-tickbox" aria-hidden="true">
        {chosen ? "✓" : ""}
      </span>
      <Brief view={view} row={row} fields={spec?.fields ?? []} />
      <span class="fw-row-side">
        {status && (
          <span class="fw-status" data-status={status}>
            {t(`status.${status}`)}
          </span>
        )}
        {spec && <Suggestions spec={spec} row={row} />}
      </span>
    </div>
  );
}

/** The beginnings of a record's fields, as text: nothing in it is ever read as HTML. */
function Brief({ view, row, fields }: { view: View; row: RecordView; fields: FieldSpec[] }) {
  const box = useRef<HTMLSpanElement>(null);
  const marks = view.marks.value;
  const most = view.many.bulk.cards.value ? CARD : ROW;
  useLayoutEffect(() => (box.current ? paint(box.current, marks) : undefined), [marks, row, most]);
  const shown = fields.filter(({ name }) => (row.fields[name] ?? null) !== null);
  return (
    <span class="fw-brief" ref={box}>
      {shown.map(({ name, title, type }) => (
        <span key={name} class="fw-brief-field">
          {shown.length > 1 && (
            <span class="fw-muted">
              <bdi>{title}</bdi>{" "}
            </span>
          )}
          <bdi>{shortened(plainText(type, row.fields[name]), most)}</bdi>
        </span>
      ))}
    </span>
  );
}

function plainText(type: string, value: unknown): string {
  if (typeof value === "string") return type === "image" ? t("bulk.picture") : value;
  if (type === "chat" && Array.isArray(value))
    return value.map(({ role, content }) => `${role}: ${content}`).join("\n");
  if (type === "image") return t("picture.described", { described: (value as { alt?: string }).alt ?? "" });
  return JSON.stringify(value);
}

function Suggestions({ spec, row }: { spec: Spec; row: RecordView }) {
  return (
    <>
      {spec.questions.map((question) => {
        const [first] = row.suggestions[question.name] ?? [];
        if (!first) return null;
        return (
          <span key={question.name} class="fw-row-suggested" data-fw="row-suggested">
            <span aria-hidden="true">✦ </span>
            <span class="fw-hidden">{t("bulk.suggested_for", { title: question.title })}</span>
            <span dir="auto">{valueInWords(question, first.value)}</span>
            {typeof first.score === "number" && <span class="fw-score"> {first.score.toFixed(2)}</span>}
          </span>
        );
      })}
    </>
  );
}

/** Answers given here that were not stored, each with its reason. */
function Refusals({ view }: { view: View }) {
  const refused = view.many.bulk.refused.value;
  if (!refused.length) return null;
  return (
    <div class="fw-refusals" data-fw="bulk-refused" role="alert">
      <p>{t("bulk.refused", { n: refused.length })}</p>
      <ul>
        {refused.slice(0, 20).map(({ event, index, refused: why }) => (
          <li key={event.event}>
            <span dir="auto">{t("bulk.why", { n: index + 1, why: why ?? "" })}</span>
          </li>
        ))}
        {refused.length > 20 && <li>{t("span.more", { n: refused.length - 20 })}</li>}
      </ul>
      <button
        type="button"
        data-fw="bulk-dismiss"
        onClick={() => {
          for (const { event } of refused) view.session.outbox.dismiss(event.event);
        }}
      >
        {t("bulk.dismiss")}
      </button>
    </div>
  );
}

function Confirmation({ view }: { view: View }) {
  const { bulk } = view.many;
  const plan = bulk.plan.value;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!plan) return;
    box.current?.focus({ preventScroll: true });
    const list = box.current?.closest(".fw-bulk")?.querySelector<HTMLElement>("[data-fw=rows]");
    return () => list?.focus({ preventScroll: true });
  }, [plan]);
  if (!plan) return null;
  return (
    <div
      class="fw-confirm"
      data-fw="confirm"
      role="alertdialog"
      aria-labelledby={`${id}-words`}
      aria-describedby={plan.more ? `${id}-more` : undefined}
      tabIndex={-1}
      ref={box}
    >
      <p id={`${id}-words`} dir="auto">
        {plan.words}
      </p>
      {plan.more && (
        <p id={`${id}-more`} class="fw-muted">
          {plan.more}
        </p>
      )}
      <div class="fw-actions">
        <button type="button" data-fw="confirm-no" onClick={() => bulk.cancel()}>
          {t("no")} <kbd aria-hidden="true">Esc</kbd>
        </button>
        <button type="button" class="fw-primary" data-fw="confirm-yes" onClick={() => bulk.confirm()}>
          {t("yes")} <kbd aria-hidden="true">⏎</kbd>
        </button>
      </div>
    </div>
  );
}
