/** Part of a text, and whether the other text has it too. */
export interface Part {
  text: string;
  kind: "same" | "added" | "removed";
}

/** More changed words than this and the texts have nothing to say to each other: they are shown as two whole texts. */
const MOST = 1500;

const wordsOf = (text: string) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** What turns one text into another, word by word. */
export function differences(before: string, after: string): Part[] {
  const found = shortest(wordsOf(before), wordsOf(after));
  if (!found)
    return [
      { text: before, kind: "removed" },
      { text: after, kind: "added" },
    ];
  return joined(found);
}

/** How far one has come in the text before, and the last stretch of words on the way there. */
interface Way {
  at: number;
  last: Step | null;
}
interface Step {
  kind: Part["kind"];
  /** The first of its words, and the one after its last: among those after where they were put in, else before. */
  from: number;
  to: number;
  previous: Step | null;
}

/** The fewest words taken out and put in that turn one list into another (Myers, 1986); null where they are more than `MOST`. */
function shortest(before: string[], after: string[]): Part[] | null {
  // By how many words more have been passed before than after, and `MOST` beyond it.
  const ways: (Way | undefined)[] = [];
  for (let changes = 0; changes <= MOST; changes += 1)
    for (let lead = -changes; lead <= changes; lead += 2) {
      const way = changes ? onwards(ways, lead, before.length, after.length) : { at: 0, last: null };
      ways[lead + MOST] = way;
      if (!way) continue;
      const from = way.at;
      while (way.at < before.length && before[way.at] === after[way.at - lead]) way.at += 1;
      if (way.at > from) way.last = { kind: "same", from, to: way.at, previous: way.last };
      if (way.at === before.length && way.at - lead === after.length) return partsOf(way.last, before, after);
    }
  return null;
}

/** One more change: the word put in, or taken out, that leads further; undefined where both texts are at their end. */
function onwards(ways: (Way | undefined)[], lead: number, before: number, after: number): Way | undefined {
  const [behind, ahead] = [ways[lead + MOST - 1], ways[lead + MOST + 1]];
  const taken = behind && behind.at < before ? behind.at + 1 : -1;
  const put = ahead && ahead.at - lead <= after ? ahead.at : -1;
  if (ahead && put >= 0 && put >= taken) {
    const to = put - lead;
    return { at: put, last: { kind: "added", from: to - 1, to, previous: ahead.last } };
  }
  if (!behind || taken < 0) return undefined;
  return { at: taken, last: { kind: "removed", from: taken - 1, to: taken, previous: behind.last } };
}

function partsOf(last: Step | null, before: string[], after: string[]): Part[] {
  const found: Part[] = [];
  for (let step = last; step; step = step.previous) {
    const words = step.kind === "added" ? after : before;
    found.push({ kind: step.kind, text: words.slice(step.from, step.to).join("") });
  }
  return found.reverse();
}

/** Changes with nothing but a blank between them are one change: it reads as a phrase, not as a comb. */
function joined(parts: Part[]): Part[] {
  const found: Part[] = [];
  let [removed, added] = ["", ""];
  const flush = () => {
    if (removed) found.push({ text: removed, kind: "removed" });
    if (added) found.push({ text: added, kind: "added" });
    [removed, added] = ["", ""];
  };
  for (const [at, { text, kind }] of parts.entries()) {
    const between = kind === "same" && !text.trim() && (removed || added) && at < parts.length - 1;
    if (kind !== "added" && (kind === "removed" || between)) removed += text;
    if (kind !== "removed" && (kind === "added" || between)) added += text;
    if (kind !== "same" || between) continue;
    flush();
    found.push({ text, kind });
  }
  flush();
  return found;
}

/** A text with what was added and removed; `hide` leaves one of the two out. */
export function Differences({ parts, hide }: { parts: Part[]; hide?: Part["kind"] }) {
  return (
    <div class="fw-plain fw-diff" dir="auto">
      {parts.map(({ text, kind }, at) =>
        kind === hide ? null : kind === "same" ? (
          text
        ) : kind === "added" ? (
          <ins key={at}>{text}</ins>
        ) : (
          <del key={at}>{text}</del>
        ),
      )}
    </div>
  );
}

/** How many UTF-16 units all texts begin with alike, up to the last whole word. */
export function sharedStart(texts: string[]): number {
  const [first = "", ...others] = texts;
  let at = 0;
  while (at < first.length && others.every((text) => text[at] === first[at])) at += 1;
  if (at === first.length && others.every((text) => text.length === at)) return at;
  return first.slice(0, at).search(/\S*$/u);
}
