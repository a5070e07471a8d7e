import { type How, type Keys, numbered, type QuestionProps, quote, suggestedValue } from "../question.ts";
import type { QuestionSpec, Ranked, Value } from "../wire.ts";

const isRanked = (pair: unknown): pair is Ranked =>
  typeof pair === "object" && pair !== null && "value" in pair && "rank" in pair;

export function check(spec: QuestionSpec, value: unknown): string | null {
  const options = (spec.options ?? []).map((option) => option.value);
  if (!Array.isArray(value) || !value.every(isRanked))
    return `The answer must be a ranking, not ${quote(value)}.`;
  const unknown = value.find((pair) => !options.includes(pair.value));
  if (unknown) return `${quote(unknown.value)} is not one of the options.`;
  const wrong = value.find(({ rank }) => !Number.isInteger(rank) || rank < 1 || rank > options.length);
  if (wrong)
    return `The rank of ${quote(wrong.value)} must be from 1 to ${options.length}, not ${quote(wrong.rank)}.`;
  if (new Set(value.map((pair) => pair.value)).size < value.length) return "An option is ranked twice.";
  const left = options.length - value.length;
  return left
    ? `Rank every option: ${left} of ${options.length} still ${left === 1 ? "has" : "have"} no rank.`
    : null;
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

export default function RankingQuestion(props: QuestionProps) {
  const { spec, value, labelledby, describedby, tie } = props;
  const ranks = new Map(rankedIn(value).map((pair) => [pair.value, pair.rank]));
  const count = spec.options?.length ?? 0;
  return (
    <div class="fw-ranking" role="group" aria-labelledby={labelledby} aria-describedby={describedby}>
      {spec.options?.map((option, at) => (
        <RankedOption
          key={option.value}
          {...props}
          text={option.text}
          name={option.value}
          at={at}
          rank={ranks.get(option.value)}
        />
      ))}
      <p class="fw-hint">
        {tie
          ? "The next one shares the rank before it."
          : ranks.size < count
            ? "Press the numbers in your order of preference, best first; = ties the next with the one before."
            : "Every option has a rank. = ties the last two; a number takes its option back."}
      </p>
    </div>
  );
}

function RankedOption(
  props: QuestionProps & { text: string; name: string; at: number; rank: number | undefined },
) {
  const { text, name, at, rank, pick, move } = props;
  const suggested = rankedIn(suggestedValue(props)).find((pair) => pair.value === name)?.rank;
  return (
    <div class="fw-ranked">
      <button
        type="button"
        data-fw="option"
        data-value={name}
        data-rank={rank}
        data-suggested={suggested}
        aria-pressed={rank !== undefined}
        onClick={() => pick(at)}
      >
        <kbd aria-hidden="true">{at + 1}</kbd>
        <span dir="auto">{text}</span>
        <span class="fw-rank">
          <span class="fw-hidden">{rank === undefined ? "no rank" : "rank"} </span>
          {rank ?? <span aria-hidden="true">–</span>}
        </span>
      </button>
      <button type="button" class="fw-move" aria-label={`Move ${text} up`} onClick={() => move(at, -1)}>
        ↑
      </button>
      <button type="button" class="fw-move" aria-label={`Move ${text} down`} onClick={() => move(at, 1)}>
        ↓
      </button>
    </div>
  );
}
