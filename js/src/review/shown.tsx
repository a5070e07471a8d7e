import { useMemo } from "preact/hooks";
import { Differences, differences } from "../diff.tsx";
import { Markdown } from "../html.ts";
import { colourOf, spansIn, textOf } from "../spans/answer.ts";
import { pointsOf } from "../spans/points.ts";
import { pieces } from "../spans/spans.ts";
import { t } from "../text.ts";
import type { Preference, QuestionSpec, Ranked, Spec, Value } from "../wire.ts";

/** Of a stretch of text without a span, so many characters stand on either side. */
const AROUND = 60;

interface Shown {
  spec: Spec;
  question: QuestionSpec;
  value: Value | undefined;
  fields: Record<string, unknown>;
  /** The text that this one is compared with, word by word; null where it stands for itself. */
  base: string | null;
}

/** One answer to one question, to be read. All of it is drawn as text, or as markdown where the question says so. */
export function ShownValue({ spec, question, value, fields, base }: Shown) {
  if (value === undefined || value === null || value === "") return <Nothing />;
  if (question.type === "text") return <Text question={question} text={String(value)} base={base} />;
  if (question.type === "span") return <Spans question={question} value={value} fields={fields} />;
  if (question.type === "ranking") return <Ranking question={question} value={value as Ranked[]} />;
  if (question.type === "pairwise") return <Pair spec={spec} value={value as Preference} />;
  if (question.type === "rating") return <Rating question={question} value={Number(value)} />;
  const labels = Array.isArray(value) ? (value as string[]) : [String(value)];
  if (!labels.length) return <Nothing />;
  return (
    <span class="fw-said">
      {labels.map((label) => (
        <bdi key={label} class="fw-value">
          {optionText(question, label)}
        </bdi>
      ))}
    </span>
  );
}

function Nothing() {
  return <span class="fw-muted">{t("review.none")}</span>;
}

function optionText(question: QuestionSpec, value: string): string {
  return question.options?.find((option) => option.value === value)?.text ?? value;
}

function Rating({ question, value }: { question: QuestionSpec; value: number }) {
  const words = Array.isArray(question.labels) ? undefined : question.labels?.[String(value)];
  return (
    <span class="fw-said">
      <span class="fw-value">{value}</span>
      {words && <bdi class="fw-muted">{words}</bdi>}
    </span>
  );
}

function Ranking({ question, value }: { question: QuestionSpec; value: Ranked[] }) {
  return (
    <ol class="fw-order">
      {value.map((each) => (
        <li key={each.value}>
          <span class="fw-place">{each.rank}</span>
          <bdi>{optionText(question, each.value)}</bdi>
        </li>
      ))}
    </ol>
  );
}

function Pair({ spec, value }: { spec: Spec; value: Preference }) {
  const field = spec.fields.find(({ name }) => name === value.choice)?.title;
  const words = value.choice === "tie" || value.choice === "both_bad" ? t(`review.${value.choice}`) : null;
  return (
    <span class="fw-said">
      <bdi class="fw-value">{words ?? field ?? value.choice}</bdi>
      {value.strength !== null && value.strength !== undefined && (
        <span class="fw-muted">{t("review.strength", { n: value.strength })}</span>
      )}
    </span>
  );
}

function Text({ question, text, base }: { question: QuestionSpec; text: string; base: string | null }) {
  const parts = useMemo(() => (base === null ? null : differences(base, text)), [base, text]);
  if (parts) return <Differences parts={parts} />;
  if (question.use_markdown) return <Markdown text={text} />;
  return (
    <div class="fw-plain" dir="auto">
      {text}
    </div>
  );
}

/** The text with its spans; what lies far from all of them is left out. */
function Spans({
  question,
  value,
  fields,
}: {
  question: QuestionSpec;
  value: Value;
  fields: Record<string, unknown>;
}) {
  const text = String(fields[question.field ?? ""] ?? "");
  const points = useMemo(() => pointsOf(text), [text]);
  const spans = spansIn(value);
  if (!spans.length) return <span class="fw-muted">{t("review.no_spans")}</span>;
  const drawn = spans.map((span) => ({
    start: points.unit(span.start),
    end: points.unit(span.end),
    colour: colourOf(question, span.label),
    tag: textOf(question, span.label),
    suggested: false,
  }));
  const all = pieces(text.length, drawn);
  return (
    <div class="fw-plain fw-drawn" dir="auto">
      {all.map(({ start, end, over, tags }, at) => {
        const top = over.at(-1)?.span;
        if (!top) return shortened(text.slice(start, end), at === 0, at === all.length - 1);
        return (
          <span
            key={start}
            class="fw-mark"
            data-tags={tags.join(" · ") || undefined}
            style={`--mark: var(--fw-mark-${top.colour})`}
          >
            {text.slice(start, end)}
          </span>
        );
      })}
    </div>
  );
}

/** A stretch between spans, or before the first, or after the last: its middle, or its far end, is left out where it is long. */
function shortened(text: string, first: boolean, last: boolean): string {
  const characters = [...text];
  const before = first ? 0 : AROUND;
  const after = last ? 0 : AROUND;
  if (characters.length <= before + after + AROUND) return text;
  return `${characters.slice(0, before).join("")} … ${after ? characters.slice(-after).join("") : ""}`;
}
