import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { follow } from "../desk/drag.ts";
import { type How, type Keys, numbered, type QuestionProps, quote, suggestedValue } from "../question.ts";
import { t } from "../text.ts";
import type { Option, QuestionSpec, Ranked, Value } from "../wire.ts";

const isRanked = (pair: unknown): pair is Ranked =>
  typeof pair === "object" && pair !== null && "value" in pair && "rank" in pair;

export function check(spec: QuestionSpec, value: unknown): string | null {
  const options = (spec.options ?? []).map((option) => option.value);
  if (!Array.isArray(value) || !value.every(isRanked)) return t("check.ranking", { value: quote(value) });
  const unknown = value.find((pair) => !options.includes(pair.value));
  if (unknown) return t("check.not_option", { value: quote(unknown.value) });
  const wrong = value.find(({ rank }) => !Number.isInteger(rank) || rank < 1 || rank > options.length);
  if (wrong)
    return t("check.rank", { option: quote(wrong.value), most: options.length, value: quote(wrong.rank) });
  if (new Set(value.map((pair) => pair.value)).size < value.length) return t("check.ranked_twice");
  const left = options.length - value.length;
  return left ? t("check.unranked", { n: left, total: options.length }) : null;
}

const rankedIn = (value: Value | undefined): Ranked[] => (Array.isArray(value) ? (value as Ranked[]) : []);

/** Best first, ranks counted 1, 2, 3 … without holes. */
function closed(ranking: Ranked[]): Ranked[] | undefined {
  const sorted = [...ranking].sort((one, other) => one.rank - other.rank);
  const ranks = [...new Set(sorted.map((pair) => pair.rank))];
  return sorted.length
    ? sorted.map((pair) => ({ value: pair.value, rank: ranks.indexOf(pair.rank) + 1 }))
    : undefined;
}

function pickOne(
  options: string[],
  at: number,
  value: Value | undefined,
  { tie, last }: How,
): Value | undefined {
  const picked = options[at];
  const ranking = rankedIn(value);
  if (picked === undefined) return value;
  if (ranking.some((pair) => pair.value === picked)) {
    // Someone who types the whole order also types the last one, which has its rank already.
    const isLast = ranking.length === options.length && ranking.at(-1)?.value === picked;
    if (isLast && last !== null && last !== at) return value;
    return closed(ranking.filter((pair) => pair.value !== picked));
  }
  const lowest = Math.max(0, ...ranking.map((pair) => pair.rank));
  const next = [...ranking, { value: picked, rank: Math.max(1, tie ? lowest : lowest + 1) }];
  const left = options.filter((option) => !next.some((pair) => pair.value === option));
  // The last one left has only one place to go.
  if (left.length === 1 && left[0] !== undefined) next.push({ value: left[0], rank: options.length });
  return closed(next);
}

function moveOne(options: string[], at: number, by: -1 | 1, value: Value | undefined): Value | undefined {
  const moved = rankedIn(value).find((pair) => pair.value === options[at]);
  if (!moved) return pickOne(options, at, value, { tie: false, last: null });
  // Half a step past its neighbours puts it alone between two ranks; `closed` makes whole numbers again.
  const ranking = rankedIn(value).map((pair) =>
    pair === moved ? { ...pair, rank: pair.rank + by * 1.5 } : pair,
  );
  return closed(ranking);
}

function tieLast(options: string[], value: Value | undefined): Value | undefined {
  const ranking = rankedIn(value);
  const [before, last] = ranking.slice(-2);
  if (ranking.length < options.length || !before || !last) return undefined;
  const rank = before.rank === last.rank ? last.rank + 1 : before.rank;
  return closed(ranking.map((pair) => (pair === last ? { ...pair, rank } : pair)));
}

export function keys(spec: QuestionSpec): Keys {
  const options = (spec.options ?? []).map((option) => option.value);
  return {
    numbers: numbered(options.length),
    texts: (spec.options ?? []).map((option) => option.text),
    single: false,
    pick: (at, value, how) => pickOne(options, at, value, how),
    tieLast: (value) => tieLast(options, value),
    move: (at, by, value) => moveOne(options, at, by, value),
  };
}

/** The answer after an option was dropped on a rank, or just before or after it; rank 0 takes it out. */
export function dropped(
  value: Value | undefined,
  name: string,
  rank: number,
  part: "before" | "on" | "after",
): Value | undefined {
  const others = rankedIn(value).filter((pair) => pair.value !== name);
  if (!rank) return closed(others);
  const beside = { before: -0.5, on: 0, after: 0.5 }[part];
  return closed([...others, { value: name, rank: rank + beside }]);
}

/** Where there are more options than this, only the next empty place is drawn. */
const PLACES = 8;

export default function RankingQuestion(props: QuestionProps) {
  const { spec, value, labelledby, describedby, tie, set } = props;
  const group = useRef<HTMLDivElement>(null);
  useKeptFocus(group, value);
  const ranks = new Map(rankedIn(value).map((pair) => [pair.value, pair.rank]));
  const options = spec.options ?? [];
  const taken = new Set(ranks.values()).size;
  const places = options.length > PLACES ? Math.min(options.length, taken + 1) : options.length;
  const draw = (option: Option) => (
    <RankedOption
      key={option.value}
      {...props}
      option={option}
      at={options.indexOf(option)}
      rank={ranks.get(option.value)}
      drop={(rank, part) => set(dropped(value, option.value, rank, part))}
    />
  );
  const left = options.filter((option) => !ranks.has(option.value));
  return (
    <div
      class="fw-ranking"
      role="group"
      aria-labelledby={labelledby}
      aria-describedby={describedby}
      ref={group}
    >
      {numbered(places).map((rank) => {
        const here = options.filter((option) => ranks.get(option.value) === Number(rank));
        return (
          <div key={rank} class="fw-slot" data-drop={rank} data-empty={here.length ? undefined : ""}>
            <span class="fw-rank" aria-hidden="true">
              {rank}
            </span>
            <div class="fw-placed">{here.map(draw)}</div>
          </div>
        );
      })}
      {left.length > 0 && (
        <div class="fw-pool" data-drop="0">
          <span class="fw-muted">{t("ranking.rest")}</span>
          {left.map(draw)}
        </div>
      )}
      <p class="fw-hint">{tie ? t("ranking.tied") : left.length ? t("ranking.how") : t("ranking.done")}</p>
    </div>
  );
}

/** An option that moves to another place is drawn anew: whoever had it in focus keeps it. */
function useKeptFocus(group: RefObject<HTMLDivElement | null>, value: Value | undefined): void {
  const held = useRef<string | null>(null);
  useLayoutEffect(() => {
    const element = group.current;
    if (!element) return;
    const take = (event: FocusEvent) => {
      const option = (event.target as Element).closest<HTMLElement>("[data-fw=option]");
      held.current = option?.dataset.value ?? null;
    };
    const lose = (event: FocusEvent) => {
      if (event.relatedTarget) held.current = null; // to another place, not into nothing
    };
    element.addEventListener("focusin", take);
    element.addEventListener("focusout", lose);
    return () => {
      element.removeEventListener("focusin", take);
      element.removeEventListener("focusout", lose);
    };
  }, []);
  useLayoutEffect(() => {
    const root = group.current?.getRootNode() as Document | ShadowRoot | undefined;
    if (held.current === null || (root?.activeElement && root.activeElement !== document.body)) return;
    const options = [...(group.current?.querySelectorAll<HTMLElement>("[data-fw=option]") ?? [])];
    options.find((option) => option.dataset.value === held.current)?.focus({ preventScroll: true });
  }, [value]);
}

interface RankedProps extends QuestionProps {
  option: Option;
  at: number;
  rank: number | undefined;
  drop(rank: number, part: "before" | "on" | "after"): void;
}

function RankedOption(props: RankedProps) {
  const { option, at, rank, pick, move, drop } = props;
  const suggested = rankedIn(suggestedValue(props)).find((pair) => pair.value === option.value)?.rank;
  const press = (event: PointerEvent) =>
    follow(event, event.currentTarget as HTMLElement, ({ target, part }) =>
      drop(Number(target.dataset.drop), target.dataset.empty === undefined ? part : "on"),
    );
  return (
    <div class="fw-ranked" onPointerDown={press}>
      <button
        type="button"
        data-fw="option"
        data-at={at}
        data-value={option.value}
        data-rank={rank}
        data-suggested={suggested}
        aria-pressed={rank !== undefined}
        onClick={() => pick(at)}
      >
        <span class="fw-grip" data-drag aria-hidden="true" />
        <kbd aria-hidden="true">{at + 1}</kbd>
        <span dir="auto">{option.text}</span>
        <span class="fw-hidden">
          {rank === undefined ? t("ranking.no_rank") : t("ranking.rank", { n: rank })}
        </span>
      </button>
      {rank !== undefined && (
        <>
          <button
            type="button"
            class="fw-move"
            aria-label={t("ranking.up", { option: option.text })}
            onClick={() => move(at, -1)}
          >
            ↑
          </button>
          <button
            type="button"
            class="fw-move"
            aria-label={t("ranking.down", { option: option.text })}
            onClick={() => move(at, 1)}
          >
            ↓
          </button>
        </>
      )}
    </div>
  );
}
