import { useEffect, useState } from "preact/hooks";
import type { Option, QuestionSpec } from "../wire.ts";
import { counted } from "./bulk.ts";
import type { Wanted } from "./group.ts";
import type { View } from "./view.ts";

/** Chooses a group of suggestions to accept together, and says how far it is. */
export function GroupPanel({ view }: { view: View }) {
  const { group } = view;
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
          Accept a whole group of suggestions…
        </button>
      </p>
    );
  return (
    <div class="fw-group" data-fw="group" role="group" aria-label="Accept a group of suggestions">
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
  const { group } = view;
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
          Question{" "}
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
        Suggested{" "}
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
        with a score from{" "}
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
        checked by hand{" "}
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
        of which may differ{" "}
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
        Look
      </button>
      <button type="button" data-fw="group-close" onClick={() => group.leave()}>
        Close
      </button>
    </form>
  );
}

/** What the kernel says of the group, and what can be done next. */
function Standing({ view }: { view: View }) {
  const { group } = view;
  const state = group.state.value;
  const wanted = group.wanted.value;
  if (group.problem.value)
    return (
      <p data-fw="group-says" role="status" class="fw-hits" data-problem>
        Not possible: {group.problem.value}.
      </p>
    );
  if (!state || !wanted) return null;
  const all = state.left + state.records.length + state.answered;
  return (
    <div class="fw-editor" data-fw="group-says" role="status">
      <p>
        {group.inWords(wanted)} is suggested for {counted(all)}; {state.answered} checked by hand,{" "}
        {state.disagree} of these differ.
      </p>
      {state.records.length > 0 && (
        <button type="button" class="fw-primary" data-fw="group-start" onClick={() => group.check()}>
          {`Check ${counted(state.records.length)} first`}
        </button>
      )}
      {!state.records.length && state.problem && <p class="fw-hits">Not offered: {state.problem}.</p>}
      {!state.problem && (
        <button type="button" class="fw-primary" data-fw="group-accept" onClick={() => group.accept()}>
          {`Accept it for the other ${counted(state.left)}`}
        </button>
      )}
    </div>
  );
}

/** The spot check is over: what it says. */
export function CheckDone({ view }: { view: View }) {
  const { group } = view;
  useEffect(() => group.again(), [group]);
  return (
    <div class="fw-state" data-fw="check-done">
      <h3>The spot check is answered</h3>
      <Standing view={view} />
      <button type="button" data-fw="group-stop" onClick={() => group.stop()}>
        Back to many at once
      </button>
    </div>
  );
}
