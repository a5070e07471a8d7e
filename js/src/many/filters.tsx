import { useId, useState } from "preact/hooks";
import { withCondition, withPart } from "../desk/search.ts";
import { t } from "../text.ts";
import type { Condition, Finding, Option, Query, QuestionSpec, Range, Spec } from "../wire.ts";

const statuses = (): Option[] =>
  (["pending", "draft", "submitted", "discarded"] as const).map((value) => ({
    value,
    text: t(`status.${value}`),
  }));

interface Form {
  spec: Spec;
  finding: Finding;
}

/** One thing that can be asked for besides words. */
export interface Filter {
  key: string;
  part: "status" | "answers" | "suggestions" | "metadata";
  name: string;
  text: string;
  /** What can be chosen; null where numbers or words are typed. */
  options: Option[] | null;
  numbers: boolean;
}

/** Everything that can be asked for in this dataset. */
export function filtersOf({ spec, finding }: Form): Filter[] {
  const status: Filter = {
    key: "status",
    part: "status",
    name: "status",
    text: t("filter.status"),
    options: statuses(),
    numbers: false,
  };
  const asked = spec.questions.filter((question) => question.options || question.values);
  const about = (part: "answers" | "suggestions", word: string) =>
    asked.map((question) => ({
      key: `${part}.${question.name}`,
      part,
      name: question.name,
      text: `${word}: ${question.title}`,
      options: optionsOf(question),
      numbers: question.values !== undefined,
    }));
  const metadata = finding.metadata.map((each) => ({
    key: `metadata.${each.name}`,
    part: "metadata" as const,
    name: each.name,
    text: each.title,
    options: each.values?.map((value) => ({ value, text: value })) ?? null,
    numbers: each.type !== "terms",
  }));
  return [
    status,
    ...about("answers", t("answer")),
    ...(finding.suggestions ? about("suggestions", t("filter.suggested")) : []),
    ...metadata,
  ];
}

function optionsOf(question: QuestionSpec): Option[] {
  return (
    question.options ?? question.values?.map((value) => ({ value: String(value), text: String(value) })) ?? []
  );
}

/** What a query asks of this filter now. */
export function conditionOf(query: Query, { part, name }: Filter): Condition | undefined {
  if (part === "status") return query.status;
  if (part === "suggestions") return query.suggestions?.[name]?.value;
  return query[part]?.[name];
}

export function isSet(query: Query, filter: Filter): boolean {
  if (filter.part === "suggestions") return query.suggestions?.[filter.name] !== undefined;
  return conditionOf(query, filter) !== undefined;
}

export function without(query: Query, { part, name }: Filter): Query {
  return part === "status"
    ? withPart(query, "status", undefined)
    : withCondition(query, part, name, undefined);
}

function changed(query: Query, { part, name }: Filter, value: Condition | undefined): Query {
  if (part === "status") return withPart(query, "status", value as string[] | undefined);
  if (part !== "suggestions") return withCondition(query, part, name, value);
  return suggested(query, name, { value });
}

type About = "value" | "score" | "agent";
function suggested(query: Query, name: string, part: { [about in About]?: Condition | undefined }): Query {
  const all = Object.entries({ ...query.suggestions?.[name], ...part });
  const kept = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  return withCondition(query, "suggestions", name, Object.keys(kept).length ? kept : undefined);
}

/** "Tone: rude or kind", "Length: from 3 to 9" */
export function inWords(query: Query, filter: Filter): string {
  const values = conditionOf(query, filter);
  const about = filter.part === "suggestions" ? query.suggestions?.[filter.name] : undefined;
  const words = [
    values === undefined ? "" : conditionInWords(values, filter.options),
    about?.score === undefined ? "" : t("filter.score_is", { score: conditionInWords(about.score, null) }),
    about?.agent === undefined ? "" : t("filter.by", { agent: conditionInWords(about.agent, null) }),
  ];
  return `${filter.text}: ${words.filter(Boolean).join(", ")}`;
}

function conditionInWords(condition: Condition, options: Option[] | null): string {
  if (typeof condition === "object" && !Array.isArray(condition)) {
    const { ge, le, gt, lt } = condition;
    const from = ge ?? gt;
    const to = le ?? lt;
    if (from !== undefined && to !== undefined) return t("filter.between", { from, to });
    return from !== undefined ? t("filter.from_n", { from }) : t("filter.to_n", { to: to ?? "" });
  }
  const text = (value: unknown) =>
    options?.find((option) => option.value === String(value))?.text ?? String(value);
  return [condition].flat().map(text).join(t("filter.or"));
}

/** Chooses what one filter asks for; every change is searched for at once. */
export function Editor(props: { filter: Filter; query: Query; ask(query: Query): void; done(): void }) {
  const { filter, query, ask, done } = props;
  const id = useId();
  const set = (value: Condition | undefined) => ask(changed(query, filter, value));
  return (
    <div class="fw-editor" data-fw="find-editor" role="group" aria-labelledby={id}>
      <span id={id} class="fw-muted">
        {filter.text}
      </span>
      {filter.options ? (
        <Toggles
          options={filter.options}
          chosen={chosenOf(query, filter)}
          set={set}
          numbers={filter.numbers}
        />
      ) : filter.numbers ? (
        <Bounds range={(conditionOf(query, filter) ?? {}) as Range} set={set} text={filter.text} />
      ) : (
        <Words chosen={chosenOf(query, filter)} set={set} text={filter.text} />
      )}
      {filter.part === "suggestions" && <Agents {...props} />}
      <button type="button" data-fw="find-done" onClick={done}>
        {t("filter.done")}
      </button>
    </div>
  );
}

function chosenOf(query: Query, filter: Filter): string[] {
  const values = conditionOf(query, filter);
  return typeof values === "object" && !Array.isArray(values) ? [] : [values ?? []].flat().map(String);
}

interface Choosing {
  set(value: Condition | undefined): void;
}

function Toggles(props: Choosing & { options: Option[]; chosen: string[]; numbers: boolean }) {
  const { options, chosen, set, numbers } = props;
  const toggle = (value: string) => {
    const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
    set(next.length ? next.map((each) => (numbers ? Number(each) : each)) : undefined);
  };
  return (
    <>
      {options.slice(0, 60).map(({ value, text }) => (
        <button
          key={value}
          type="button"
          class="fw-chip"
          role="checkbox"
          data-fw="find-choice"
          data-value={value}
          aria-checked={chosen.includes(value)}
          onClick={() => toggle(value)}
        >
          <span dir="auto">{text}</span>
        </button>
      ))}
    </>
  );
}

function Words({ chosen, set, text }: Choosing & { chosen: string[]; text: string }) {
  return (
    <input
      type="text"
      class="fw-box"
      dir="auto"
      data-fw="find-words"
      aria-label={t("filter.words", { text })}
      placeholder={t("filter.several")}
      value={chosen.join(", ")}
      onChange={(event) => {
        const words = event.currentTarget.value.split(",").map((word) => word.trim());
        const some = words.filter(Boolean);
        set(some.length ? some : undefined);
      }}
    />
  );
}

function Bounds({ range, set, text }: Choosing & { range: Range; text: string }) {
  const [ends, setEnds] = useState<Range>(range);
  const change = (end: "ge" | "le", given: string) => {
    const { [end]: _, ...rest } = ends;
    const next: Range =
      given === "" || Number.isNaN(Number(given)) ? rest : { ...rest, [end]: Number(given) };
    setEnds(next);
    set(Object.keys(next).length ? next : undefined);
  };
  return (
    <>
      {(["ge", "le"] as const).map((end) => (
        <input
          key={end}
          type="number"
          step="any"
          class="fw-box"
          data-fw={`find-${end}`}
          aria-label={end === "ge" ? t("filter.from_label", { text }) : t("filter.to_label", { text })}
          placeholder={end === "ge" ? t("filter.from") : t("filter.to")}
          value={ends[end]}
          onChange={(event) => change(end, event.currentTarget.value)}
        />
      ))}
    </>
  );
}

function Agents({ filter, query, ask }: { filter: Filter; query: Query; ask(query: Query): void }) {
  const { score, agent } = query.suggestions?.[filter.name] ?? {};
  return (
    <>
      <Bounds
        range={(score ?? {}) as Range}
        text={t("filter.score")}
        set={(value) => ask(suggested(query, filter.name, { score: value }))}
      />
      <input
        type="text"
        class="fw-box"
        data-fw="find-agent"
        aria-label={t("filter.agent_label")}
        placeholder={t("filter.agent")}
        value={typeof agent === "string" ? agent : ""}
        onChange={(event) =>
          ask(suggested(query, filter.name, { agent: event.currentTarget.value.trim() || undefined }))
        }
      />
    </>
  );
}
