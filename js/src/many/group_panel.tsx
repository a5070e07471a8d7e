import { useEffect, useState } from "preact/hooks";
import type { View } from "../desk/view.ts";
import { t } from "../text.ts";
import type { Option, QuestionSpec } from "../wire.ts";
import type { Wanted } from "./group.ts";

/** Chooses a group of suggestions to accept together, and says how far it is. */
export function GroupPanel({ view }: { view: View }) {
  const { group } = view.many;
  const { questions } = group;
  if (!questions.length || view.session.welcome.value?.finding?.suggestions === false) return null;
  if (!group.open.value)
    return (
      <p class="fw-group">
        <button
          type="button"
          class="fw-link"
          data-fw="group-open"
          onClick={() => {
            group.open.value = true;
          }}
        >
          {t("group.open")}
        </button>
      </p>
    );
  return (
    <div class="fw-group" data-fw="group" role="group" aria-label={t("group.label")}>
      <Choose view={view} questions={questions} />
      <Standing view={view} />
    </div>
  );
}

function optionsOf(question: QuestionSpec): Option[] {
  const rated = question.values?.map((value) => ({ value: String(value), text: String(value) }));
  return question.options ?? rated ?? [];
}

function Choose({ view, questions }: { view: View; questions: QuestionSpec[] }) {
  const { group } = view.many;
  const [name, setName] = useState(questions[0]?.name ?? "");
  const question = questions.find((each) => each.name === name) ?? (questions[0] as QuestionSpec);
  const options = optionsOf(question);
  const [value, setValue] = useState(options[0]?.value ?? "");
  const [score, setScore] = useState("0.9");
  const [check, setCheck] = useState(10);
  const [allowed, setAllowed] = useState(0);
  const wanted: Wanted = {
    question: question.name,
    value: question.values ? Number(value) : value,
    score: score === "" ? null : Number(score),
    agent: null,
    check,
    allowed: Math.min(allowed, check - 1),
  };
  return (
    <form
      class="fw-editor"
      onSubmit={(event) => {
        event.preventDefault();
        void group.ask(wanted);
      }}
    >
      {questions.length > 1 && (
        <label>
          {t("group.question")}{" "}
          <select
            class="fw-box"
            data-fw="group-question"
            value={question.name}
            onChange={(event) => {
              const next = questions.find((each) => each.name === event.currentTarget.value);
              setName(event.currentTarget.value);
              setValue((next && optionsOf(next)[0]?.value) ?? "");
            }}
          >
            {questions.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t("filter.suggested")}{" "}
        <select
          class="fw-box"
          data-fw="group-value"
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("group.score")}{" "}
        <input
          class="fw-box"
          type="number"
          step="any"
          data-fw="group-score"
          value={score}
          onChange={(event) => setScore(event.currentTarget.value)}
        />
      </label>
      <label>
        {t("group.check")}{" "}
        <input
          class="fw-box"
          type="number"
          min="1"
          max="50"
          data-fw="group-check"
          value={check}
          onChange={(event) => setCheck(Number(event.currentTarget.value))}
        />
      </label>
      <label>
        {t("group.allowed")}{" "}
        <input
          class="fw-box"
          type="number"
          min="0"
          max="49"
          data-fw="group-allowed"
          value={allowed}
          onChange={(event) => setAllowed(Number(event.currentTarget.value))}
        />
      </label>
      <button type="submit" data-fw="group-ask">
        {t("group.ask")}
      </button>
      <button type="button" data-fw="group-close" onClick={() => group.leave()}>
        {t("close")}
      </button>
    </form>
  );
}

/** What the kernel says of the group, and what can be done next. */
function Standing({ view }: { view: View }) {
  const { group } = view.many;
  const state = group.state.value;
  const wanted = group.wanted.value;
  if (group.problem.value)
    return (
      <p data-fw="group-says" role="status" class="fw-hits" data-problem>
        {t("group.refused", { why: group.problem.value })}
      </p>
    );
  if (!state || !wanted) return null;
  const all = state.left + state.records.length + state.answered;
  return (
    <div class="fw-editor" data-fw="group-says" role="status">
      <p>
        {t("group.state", {
          what: group.inWords(wanted),
          n: all,
          checked: state.answered,
          differ: state.disagree,
        })}
      </p>
      {state.records.length > 0 && (
        <button type="button" class="fw-primary" data-fw="group-start" onClick={() => group.check()}>
          {t("group.start", { n: state.records.length })}
        </button>
      )}
      {!state.records.length && state.problem && (
        <p class="fw-hits">{t("group.problem", { why: state.problem })}</p>
      )}
      {!state.problem && (
        <button type="button" class="fw-primary" data-fw="group-accept" onClick={() => group.accept()}>
          {t("group.accept", { n: state.left })}
        </button>
      )}
    </div>
  );
}

/** The spot check is over: what it says. */
export function CheckDone({ view }: { view: View }) {
  const { group } = view.many;
  useEffect(() => group.again(), [group]);
  return (
    <div class="fw-state" data-fw="check-done">
      <h3>{t("group.checked")}</h3>
      <Standing view={view} />
      <button type="button" data-fw="group-stop" onClick={() => group.stop()}>
        {t("group.back")}
      </button>
    </div>
  );
}
