import { useLayoutEffect, useRef } from "preact/hooks";
import { Form } from "../desk/form.tsx";
import { inTheWay } from "../desk/host.ts";
import { RecordCard } from "../desk/record.tsx";
import { Markdown } from "../html.ts";
import * as focus from "../keyboard/focus.ts";
import { type Key, t } from "../text.ts";
import { Answers, nameOf } from "./answers.tsx";
import { KEYS, OWN_ROWS } from "./keys.ts";
import type { ReviewView } from "./view.ts";
import type { ReviewProgress, ReviewRecord } from "./wire.ts";

export function ReviewDesk({ view }: { view: ReviewView }) {
  const record = view.current.value;
  return (
    <>
      <Header view={view} />
      <div class="fw-body" data-phase="review">
        {record ? (
          <>
            <RecordCard view={view.asView} record={{ ...record, suggestions: {}, response: null }} />
            <Judging view={view} record={record} />
          </>
        ) : (
          <Nothing view={view} />
        )}
        <Panel view={view} />
      </div>
      <Footer view={view} />
    </>
  );
}

function Header({ view }: { view: ReviewView }) {
  const welcome = view.welcome.value;
  return (
    <div class="fw-header">
      <div class="fw-where">
        <h2 class="fw-name" dir="auto">
          {welcome?.dataset.name ?? t(welcome ? "unsaved" : "review.desk")}
        </h2>
        <Progress counts={view.counts.value} />
      </div>
      <div class="fw-tools">
        <button type="button" data-fw="undo" onClick={() => view.undo()}>
          {t("undo")} <kbd aria-hidden="true">z</kbd>
        </button>
        {welcome?.spec.guidelines && <Toggle view={view} cover="guidelines" hint="g" />}
        <Toggle view={view} cover="keys" hint="?" />
      </div>
    </div>
  );
}

function Toggle({ view, cover, hint }: { view: ReviewView; cover: "guidelines" | "keys"; hint: string }) {
  return (
    <button
      type="button"
      data-fw={cover}
      aria-expanded={view.panel.value === cover}
      onClick={() => view.toggle(cover)}
    >
      {t(cover)} <kbd aria-hidden="true">{hint}</kbd>
    </button>
  );
}

function inWords({ total, decided, waiting, disputed }: ReviewProgress): string {
  const words = [t("review.progress", { decided, total })];
  if (disputed) words.push(t("review.disputed", { n: disputed }));
  if (waiting) words.push(t("review.waiting", { n: waiting }));
  return words.join(" · ");
}

function Progress({ counts }: { counts: ReviewProgress }) {
  const share = counts.total ? (100 * counts.decided) / counts.total : 0;
  return (
    <div class="fw-progress" data-fw="progress">
      <span>{inWords(counts)}</span>
      <div class="fw-bar" aria-hidden="true">
        <i class="fw-submitted" style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}

function Nothing({ view }: { view: ReviewView }) {
  const problem = view.problem.value;
  if (problem) return <p class="fw-state">{t("state.refused", { problem })}</p>;
  if (!view.done.value) return <p class="fw-state fw-later">{t("state.connecting")}</p>;
  const { total, waiting } = view.counts.value;
  return (
    <div class="fw-state" data-fw="done" role="status">
      {total > 0 && (
        <p class="fw-tick" aria-hidden="true">
          ✓
        </p>
      )}
      <h3>{t(total ? "review.done" : "review.nobody")}</h3>
      <p>{total ? inWords(view.counts.value) : t("review.nobody_more")}</p>
      {waiting > 0 && <p class="fw-muted">{t("review.waiting_more")}</p>}
      {total > 0 && (
        <button type="button" data-fw="back" onClick={() => view.step(-1)}>
          <kbd aria-hidden="true">←</kbd> {t("done.back")}
        </button>
      )}
    </div>
  );
}

/** The answers; below them the form while the reviewer answers, or what is said to an annotator. */
function Judging({ view, record }: { view: ReviewView; record: ReviewRecord }) {
  const pane = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (pane.current) pane.current.scrollTop = 0;
  }, [record.record]);
  const mode = modeOf(view);
  // Below a long record, on a narrow desk, what was just opened may lie out of sight.
  useLayoutEffect(() => {
    if (mode) pane.current?.nextElementSibling?.scrollIntoView?.({ block: "nearest" });
  }, [mode]);
  return (
    <section class="fw-judging" data-mode={mode} aria-label={t("review.answers")}>
      <div class="fw-scroll" ref={pane} tabIndex={0} role="group" aria-label={t("review.answers")}>
        <Answers view={view} record={record} />
      </div>
      {view.editing.value && <Editing view={view} record={record} />}
      {view.sending.value && <Sending view={view} record={record} />}
    </section>
  );
}

const modeOf = (view: ReviewView) => (view.editing.value ? "edit" : view.sending.value ? "send" : undefined);

function Editing({ view, record }: { view: ReviewView; record: ReviewRecord }) {
  const box = useRef<HTMLDivElement>(null);
  // Where there is only something to write, writing begins.
  useLayoutEffect(() => {
    const root = box.current?.closest<HTMLElement>(".fw-desk");
    if (root && view.question?.type === "text") focus.textBox(root, view.asView);
  }, []);
  return (
    <div class="fw-own" data-fw="editing" ref={box}>
      <h3>{t("review.own")}</h3>
      <Form view={view.asView} record={{ ...record, suggestions: {}, response: null }} />
    </div>
  );
}

function Sending({ view, record }: { view: ReviewView; record: ReviewRecord }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const sending = view.sending.value;
  const to = sending?.to ?? null;
  useLayoutEffect(() => {
    if (to !== null) box.current?.focus();
  }, [to]);
  return (
    <div class="fw-own" data-fw="sending">
      <h3>{t("review.send_to")}</h3>
      <div class="fw-choices" role="radiogroup" aria-label={t("review.send_to")}>
        {record.answers.map((answer, at) => (
          <button
            type="button"
            role="radio"
            key={answer.key}
            data-fw="option"
            data-value={answer.key}
            aria-checked={answer.key === to}
            onClick={() => view.sendTo(at)}
          >
            {at < 9 && <kbd aria-hidden="true">{at + 1}</kbd>} <bdi>{nameOf(view, answer.key)}</bdi>
          </button>
        ))}
      </div>
      <label class="fw-remark">
        <span>{t("review.send_what")}</span>
        <textarea
          ref={box}
          data-fw="words"
          dir="auto"
          rows={2}
          maxLength={10_000}
          value={sending?.words ?? ""}
          onInput={(event) => view.say(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}

// -- what covers the record ---------------------------------------------------------------------------------------------

function Panel({ view }: { view: ReviewView }) {
  const box = useRef<HTMLDivElement>(null);
  const cover = view.panel.value;
  useLayoutEffect(() => {
    if (!cover) return;
    box.current?.focus({ preventScroll: true });
    const root = box.current?.closest<HTMLElement>(".fw-desk");
    return () => root?.focus({ preventScroll: true });
  }, [cover]);
  if (!cover) return null;
  const title = t(cover);
  return (
    <div class="fw-panel" role="dialog" aria-label={title} data-fw="panel" tabIndex={-1} ref={box}>
      <div class="fw-strip">
        <h3>{title}</h3>
        <button type="button" data-fw="close" onClick={() => view.toggle(cover)}>
          {t("close")} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
      <div class="fw-scroll" tabIndex={0} role="group" aria-label={t("panel.text", { title })}>
        {cover === "keys" ? <Sheet view={view} /> : <Markdown text={view.spec.value?.guidelines ?? ""} />}
      </div>
    </div>
  );
}

function Sheet({ view }: { view: ReviewView }) {
  const marks = view.spec.value?.questions.some((question) => question.field);
  const groups = (["Answer", "Move", "More", "Choose", "Mark"] as const).filter(
    (group) => marks || group !== "Mark",
  );
  return (
    <div class="fw-sheet">
      {groups.map((group) => (
        <section key={group}>
          <h4>
            {t(`group.${group}`)}
            {(group === "Choose" || group === "Mark") && ` (${t("review.while_own")})`}
          </h4>
          <dl>
            {KEYS.filter((row) => row.group === group && row.shown.length).map(({ shown, id }) => (
              <div key={id}>
                <dt>
                  {shown.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{t((OWN_ROWS.has(id) ? `review.key.${id}` : `key.${id}`) as Key)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

// -- the foot -----------------------------------------------------------------------------------------------------------

interface Said {
  state: "connecting" | "refused" | "waiting" | "memory" | "saved";
  text: string;
}

/** "Saved" is said only while nothing waits: the kernel answers once it is on disk. */
export function badge(view: ReviewView): Said {
  const welcome = view.welcome.value;
  const way = inTheWay(view.link.host.state.value, 0);
  if (view.problem.value) return { state: "refused", text: t("badge.refused", { why: view.problem.value }) };
  if (!welcome) return { state: "connecting", text: way ?? t("state.connecting") };
  if (view.busy.value) return { state: "waiting", text: way ?? t("review.writing") };
  return welcome.store.durable
    ? { state: "saved", text: t("badge.saved") }
    : { state: "memory", text: t("badge.memory") };
}

function Footer({ view }: { view: ReviewView }) {
  const { state, text } = badge(view);
  const title = view.welcome.value && state === "saved" ? view.welcome.value.store.place : undefined;
  return (
    <div class="fw-footer">
      <div class="fw-says">
        <div
          class="fw-badge"
          data-fw="badge"
          data-state={state}
          title={title && t("badge.stored", { place: title })}
        >
          <span aria-hidden="true" class="fw-dot" />
          <span>{text}</span>
        </div>
        <p class="fw-notice" data-fw="notice" role="status" aria-live="polite" dir="auto">
          {view.notice.value}
        </p>
      </div>
      <div class="fw-actions">
        <Actions view={view} />
      </div>
    </div>
  );
}

function Actions({ view }: { view: ReviewView }) {
  const here = view.current.value !== null;
  const mode = modeOf(view);
  if (mode)
    return (
      <>
        <button type="button" data-fw="cancel" onClick={() => view.cancel()}>
          {t("review.cancel")} <kbd aria-hidden="true">Esc</kbd>
        </button>
        <button
          type="button"
          class="fw-primary"
          data-fw="submit"
          aria-disabled={view.busy.value}
          onClick={() => view.submit()}
        >
          {t(mode === "edit" ? "review.save" : "review.send")} <kbd aria-hidden="true">Ctrl ⏎</kbd>
        </button>
      </>
    );
  return (
    <>
      <button type="button" data-fw="send" aria-disabled={!here} onClick={() => view.sendBack()}>
        {t("review.send")} <kbd aria-hidden="true">s</kbd>
      </button>
      <button type="button" data-fw="edit" aria-disabled={!here} onClick={() => view.edit()}>
        {t("review.edit")} <kbd aria-hidden="true">e</kbd>
      </button>
    </>
  );
}
