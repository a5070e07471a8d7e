import { useMemo, useState } from "preact/hooks";
import { Differences, differences, sharedStart } from "../diff.tsx";
import type { FieldQuestionProps } from "../field.ts";
import { type Keys, numbered, type QuestionProps, quote, suggestedValue } from "../question.ts";
import { fieldTypes } from "../registry.ts";
import { t } from "../text.ts";
import type { Preference, QuestionSpec, Value } from "../wire.ts";

const TIE = "tie";
const BOTH_BAD = "both_bad";
/** Responses that begin alike for more characters are folded up to where they part. */
const FOLD = 200;

export function check(spec: QuestionSpec, value: unknown): string | null {
  if (value === undefined || value === null) return t("check.better");
  const { choice, strength, ...rest } = value as Preference;
  if (typeof value !== "object" || typeof choice !== "string" || Object.keys(rest).length)
    return t("check.choice", { value: quote(value) });
  const field = (spec.fields ?? []).includes(choice);
  const other = (choice === TIE && spec.allow_tie) || (choice === BOTH_BAD && spec.allow_both_bad);
  if (!field && !other) return t("check.not_choice", { value: quote(choice) });
  if (!field || !spec.scale) return (strength ?? null) === null ? null : t("check.no_strength");
  const fits =
    typeof strength === "number" && Number.isInteger(strength) && strength >= 1 && strength <= spec.scale;
  return fits ? null : t("check.strength", { most: spec.scale });
}

/** One thing to pick, from left to right. */
interface Choice {
  value: Preference;
  key: string;
  text: string;
  name: string;
}

const letter = (at: number) => String.fromCharCode(65 + at);

function picks(spec: QuestionSpec, order: string[]): Choice[] {
  const found: Omit<Choice, "key">[] = [];
  const tie = {
    value: { choice: TIE, strength: null },
    text: spec.scale ? "=" : t("pair.tie"),
    name: t("pair.equal"),
  };
  const steps = Array.from({ length: spec.scale ?? 0 }, (_, at) => at + 1);
  const side = (at: number, strength: number): Omit<Choice, "key"> => ({
    value: { choice: order[at] ?? "", strength },
    text: (at ? "›" : "‹").repeat(strength),
    name: t("pair.strength", { letter: letter(at), n: strength, most: spec.scale ?? 0 }),
  });
  if (spec.scale) {
    found.push(...[...steps].reverse().map((strength) => side(0, strength)));
    if (spec.allow_tie) found.push(tie);
    found.push(...steps.map((strength) => side(1, strength)));
  } else {
    for (const [at, choice] of order.entries())
      found.push({
        value: { choice, strength: null },
        text: letter(at),
        name: t("pair.better", { letter: letter(at) }),
      });
    if (spec.allow_tie) found.push(tie);
  }
  const bad = spec.allow_both_bad
    ? [
        {
          value: { choice: BOTH_BAD, strength: null },
          text: order.length > 2 ? t("pair.all_bad") : t("pair.both_bad"),
          name: "",
          key: "0",
        },
      ]
    : [];
  return [...found.map((pick, at) => ({ ...pick, key: String(at + 1) })), ...bad];
}

const same = (one: Preference, other: Value | undefined) =>
  typeof other === "object" &&
  !Array.isArray(other) &&
  one.choice === other.choice &&
  one.strength === (other.strength ?? null);

export function keys(spec: QuestionSpec): Keys {
  const count = picks(spec, spec.fields ?? []).length;
  return {
    numbers: spec.allow_both_bad ? [...numbered(count - 1), "0"] : numbered(count),
    texts: [],
    single: true,
    pick(at, value, { order }) {
      const picked = picks(spec, order ?? spec.fields ?? [])[at]?.value;
      return picked && same(picked, value) && !spec.required ? undefined : picked;
    },
    ...(spec.allow_tie && { tieLast: () => ({ choice: TIE, strength: null }) }),
  };
}

export default function PairwiseQuestion(props: QuestionProps) {
  const { spec, value, view, labelledby, describedby, pick } = props;
  const order = view.order(spec.name);
  const suggested = suggestedValue(props);
  return (
    <>
      {spec.scale && (
        <p class="fw-ends" aria-hidden="true">
          <span>{t("pair.better", { letter: "A" })}</span>
          <span>{t("pair.better", { letter: "B" })}</span>
        </p>
      )}
      <div
        class="fw-pairwise"
        data-scale={spec.scale ?? undefined}
        style={spec.scale ? `--steps: ${2 * spec.scale + (spec.allow_tie ? 1 : 0)}` : undefined}
        role="radiogroup"
        aria-labelledby={labelledby}
        aria-describedby={describedby}
      >
        {picks(spec, order).map(({ value: choice, text, name, key }, at) => (
          <button
            type="button"
            role="radio"
            key={key}
            data-fw="option"
            data-at={at}
            data-value={choice.choice}
            data-strength={choice.strength ?? undefined}
            data-suggested={same(choice, suggested) || undefined}
            aria-checked={same(choice, value)}
            aria-label={name || undefined}
            title={name || undefined}
            onClick={() => pick(at)}
          >
            <kbd aria-hidden="true">{key}</kbd>
            <span>{text}</span>
          </button>
        ))}
      </div>
    </>
  );
}

// -- the responses, in the record's pane --------------------------------------------------------------------------------

/** The responses side by side, named A, B, … in this annotator's order. */
export function Field({ view, question, record, marks }: FieldQuestionProps) {
  const [unfolded, setUnfolded] = useState(false);
  const order = view.order(question.name);
  const texts = order.map((name) => String(record.fields[name]));
  const shared = useMemo(() => sharedStart(texts), texts);
  const folded = shared > FOLD && !unfolded ? shared : 0;
  const differing = view.differing.value && order.length > 1;
  return (
    <div class="fw-sides-box">
      <div class="fw-strip fw-sides-strip">
        <button
          type="button"
          aria-pressed={differing}
          data-fw="differ"
          onClick={() => {
            view.differing.value = !view.differing.peek();
          }}
        >
          {t("pair.differences")} <kbd aria-hidden="true">d</kbd>
        </button>
        {shared > FOLD && (
          <button
            type="button"
            class="fw-link"
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            {unfolded ? t("pair.fold") : t("pair.unfold", { n: shared })}
          </button>
        )}
      </div>
      <div class="fw-sides" data-fw="sides">
        {order.map((name, at) => (
          <section
            key={name}
            class="fw-side"
            data-fw="side"
            data-name={name}
            aria-label={t("pair.response", { letter: letter(at) })}
          >
            <h3>{letter(at)}</h3>
            {folded > 0 && <p class="fw-muted">{t("pair.alike")}</p>}
            {differing ? (
              <Against texts={texts} at={at} from={folded} />
            ) : (
              <Side
                view={view}
                name={name}
                text={(texts[at] ?? "").slice(folded)}
                record={record}
                marks={marks}
              />
            )}
          </section>
        ))}
      </div>
    </div>
  );
}

/** One text with what the others lack marked: the first against the second, every other against the first. */
function Against({ texts, at, from }: { texts: string[]; at: number; from: number }) {
  const [before, after] = at === 0 ? [texts[0], texts[1]] : [texts[0], texts[at]];
  const parts = useMemo(
    () => differences((before ?? "").slice(from), (after ?? "").slice(from)),
    [before, after, from],
  );
  return <Differences parts={parts} hide={at === 0 ? "added" : "removed"} />;
}

type SideProps = Pick<FieldQuestionProps, "view" | "record" | "marks"> & { name: string; text: string };

function Side({ view, name, text, record, marks }: SideProps) {
  const spec = view.spec.value?.fields.find((field) => field.name === name);
  const Type = spec && fieldTypes.get(spec.type)?.default;
  return Type ? <Type spec={spec} value={text} record={record} marks={marks} /> : null;
}
