import { useId, useLayoutEffect, useRef } from "preact/hooks";
import * as focus from "../keyboard/focus.ts";
import { questionTypes } from "../registry.ts";
import type { QuestionSpec, RecordView, Suggestion } from "../wire.ts";
import { byMouse } from "./mouse.ts";
import type { View } from "./view.ts";

export function Form({ view, record }: { view: View; record: RecordView }) {
  const pane = useRef<HTMLDivElement>(null);
  const questions = view.spec.value?.questions ?? [];
  const active = view.active.value;
  useLayoutEffect(() => {
    const name = questions[active]?.name;
    if (pane.current && name) focus.reveal(pane.current, name);
  }, [active, record.record]);
  return (
    <section class="fw-form" aria-label="Your answer">
      <div class="fw-scroll" data-fw="form" ref={pane}>
        {questions.map((question, at) => (
          <Question
            key={question.name}
            view={view}
            record={record.record}
            spec={question}
            active={at === active}
            suggestions={record.suggestions[question.name] ?? []}
          />
        ))}
      </div>
    </section>
  );
}

interface Asked {
  view: View;
  record: string;
  spec: QuestionSpec;
  active: boolean;
  suggestions: Suggestion[];
}

function Question({ view, record, spec, active, suggestions }: Asked) {
  const id = useId();
  const Type = questionTypes.get(spec.type)?.default;
  return (
    <div
      class="fw-question"
      data-fw="question"
      data-name={spec.name}
      data-active={active || undefined}
      onFocusIn={() => view.activate(spec.name)}
      onFocusOut={(event) => (event.target as HTMLElement).matches("[data-fw=text]") && view.pause()}
    >
      <h3 id={`${id}-title`} dir="auto">
        {spec.title}
        {!spec.required && <span class="fw-muted"> optional</span>}
      </h3>
      {spec.description && (
        <p id={`${id}-description`} class="fw-description" dir="auto">
          {spec.description}
        </p>
      )}
      {Type ? (
        <Type
          record={record}
          spec={spec}
          value={view.values.value[spec.name]}
          suggestions={suggestions}
          labelledby={`${id}-title`}
          describedby={spec.description ? `${id}-description` : undefined}
          tie={active && view.tie.value}
          pick={(at) => byMouse(view, () => view.pick(spec.name, at))}
          move={(at, by) => view.move(spec.name, at, by)}
          set={(value) => view.set(spec.name, value)}
        />
      ) : (
        <p>This desk is older than the question type “{spec.type}”: run the cell again.</p>
      )}
      {suggestions.length > 0 && <Suggested suggestions={suggestions} />}
    </div>
  );
}

function Suggested({ suggestions }: { suggestions: Suggestion[] }) {
  return (
    <p class="fw-suggested">
      <span aria-hidden="true">✦ </span>
      Suggested by {suggestions.map(({ agent, score }) => agentInWords(agent, score)).join(", ")}
    </p>
  );
}

function agentInWords(agent: string | null, score: number | null): string {
  const name = agent ?? "a model";
  return score === null ? name : `${name} (${score.toFixed(2)})`;
}
