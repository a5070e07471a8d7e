import { byMouse } from "../desk/mouse.ts";
import { language, t } from "../text.ts";
import type { QuestionSpec, Spec } from "../wire.ts";
import { ShownValue } from "./shown.tsx";
import type { ReviewView } from "./view.ts";
import type { Act, ReviewAnswer, ReviewRecord } from "./wire.ts";

/** Every answer beside the others, a column each, and the decision before them where there is one. */
export function Answers({ view, record }: { view: ReviewView; record: ReviewRecord }) {
  const spec = view.spec.value;
  if (!spec) return null;
  const { answers, decision } = record;
  const asked = spec.questions.filter(
    ({ name }) =>
      record.decided[name] !== undefined || answers.some(({ values }) => values[name] !== undefined),
  );
  const remarks = answers.some(({ comment }) => comment) || decision?.comment;
  return (
    <div class="fw-compare" data-fw="answers">
      <Waiting view={view} record={record} />
      {!answers.length && !decision && <p class="fw-muted">{t("review.none_here")}</p>}
      {(answers.length > 0 || decision) && (
        <table
          class="fw-answers"
          style={`--columns: ${answers.length + (decision ? 1 : 0)}`}
          aria-label={t("review.answers")}
        >
          <thead>
            <tr>
              {decision && <DecisionHead view={view} decision={decision} />}
              {answers.map((answer, at) => (
                <AnswerHead key={answer.key} view={view} record={record} answer={answer} at={at} />
              ))}
            </tr>
          </thead>
          {asked.map((question) => (
            <Row key={question.name} view={view} spec={spec} record={record} question={question} />
          ))}
          {remarks && <Remarks record={record} />}
        </table>
      )}
    </div>
  );
}

/** Who it is: a name as it is, which may be anything, or a letter where the desk is blind. */
export function nameOf(view: ReviewView, key: string): string {
  return view.welcome.value?.desk.blind ? t("review.annotator", { letter: key }) : key;
}

export function When({ at }: { at: string | null }) {
  const moment = at === null ? Number.NaN : Date.parse(at);
  if (Number.isNaN(moment)) return null;
  const year = new Date(moment).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const day = { year, month: "short", day: "numeric" } as const;
  const format = new Intl.DateTimeFormat(language.value, { ...day, hour: "numeric", minute: "2-digit" });
  return (
    <time class="fw-muted" dateTime={at ?? ""}>
      {format.format(moment)}
    </time>
  );
}

/** Those whose answers were sent back and are not here again. */
function Waiting({ view, record }: { view: ReviewView; record: ReviewRecord }) {
  return (
    <>
      {record.waiting.map((act) => (
        <p key={act.about} class="fw-waits" data-fw="waits" dir="auto">
          <span aria-hidden="true">↩ </span>
          {t("review.sent", { name: nameOf(view, act.about ?? "") })} <When at={act.at} />
          {act.comment && <q class="fw-remarked">{act.comment}</q>}
        </p>
      ))}
    </>
  );
}

function DecisionHead({ view, decision }: { view: ReviewView; decision: Act }) {
  return (
    <th scope="col" class="fw-decision" data-fw="decision">
      <span class="fw-who">
        <span aria-hidden="true">✓</span> {t("review.decision")}
      </span>
      <bdi class="fw-muted">{decision.by}</bdi> <When at={decision.at} />
      {decision.about !== null && (
        <span class="fw-muted fw-from" dir="auto">
          {t("review.adopted", { name: nameOf(view, decision.about) })}
        </span>
      )}
    </th>
  );
}

interface Head {
  view: ReviewView;
  record: ReviewRecord;
  answer: ReviewAnswer;
  at: number;
}

function AnswerHead({ view, record, answer, at }: Head) {
  const name = nameOf(view, answer.key);
  const adopted = record.decision?.about === answer.key;
  return (
    <th scope="col" data-fw="answer" data-key={answer.key} data-adopted={adopted || undefined}>
      <bdi class="fw-who">{name}</bdi>
      <When at={answer.at} />
      {answer.status === "discarded" ? (
        <span class="fw-status" data-status="discarded">
          {t("status.discarded")}
        </span>
      ) : (
        <button
          type="button"
          class="fw-adopt"
          data-fw="adopt"
          data-at={at}
          aria-disabled={view.busy.value}
          aria-label={t("review.adopt_of", { name })}
          onClick={() => byMouse(view.asView, () => view.adopt(at))}
        >
          {at < 9 && <kbd aria-hidden="true">{at + 1}</kbd>} {t("review.adopt")}
        </button>
      )}
    </th>
  );
}

interface RowProps {
  view: ReviewView;
  spec: Spec;
  record: ReviewRecord;
  question: QuestionSpec;
}

/** One question: its name over the whole width, and below it what each of them says. */
function Row({ view, spec, record, question }: RowProps) {
  const { name, title } = question;
  const { answers, decided, decision, fields } = record;
  const disputed = (record.disputes[name] ?? 0) > 0;
  const columns = [...(decision ? [decided[name]] : []), ...answers.map(({ values }) => values[name])];
  const [base, ...others] = columns.filter((value) => typeof value === "string");
  const compared = view.differing.value && question.type === "text" && others.length > 0;
  const first = columns.indexOf(base);
  return (
    <tbody data-fw="compared" data-name={name} data-disputed={disputed || undefined}>
      <tr>
        <th scope="rowgroup" colSpan={columns.length} class="fw-asked-for">
          <bdi>{title}</bdi>
          {disputed && <span class="fw-disputed">{t("review.dispute")}</span>}
        </th>
      </tr>
      <tr>
        {columns.map((value, at) => (
          <td
            key={decision && !at ? "decision" : answers[at - (decision ? 1 : 0)]?.key}
            class={decision && !at ? "fw-decision" : undefined}
          >
            <ShownValue
              spec={spec}
              question={question}
              value={value}
              fields={fields}
              base={compared && at !== first ? String(base) : null}
            />
          </td>
        ))}
      </tr>
    </tbody>
  );
}

function Remarks({ record: { answers, decision } }: { record: ReviewRecord }) {
  const all = [...(decision ? [decision.comment] : []), ...answers.map(({ comment }) => comment)];
  return (
    <tbody data-fw="remarks">
      <tr>
        <th scope="rowgroup" colSpan={all.length} class="fw-asked-for">
          {t("comment")}
        </th>
      </tr>
      <tr>
        {all.map((comment, at) => (
          // The columns of one record never change places.
          <td key={at} class={decision && !at ? "fw-decision" : undefined}>
            {comment && (
              <div class="fw-plain fw-remarked" dir="auto">
                {comment}
              </div>
            )}
          </td>
        ))}
      </tr>
    </tbody>
  );
}
