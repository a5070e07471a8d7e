import { diffArrays } from "diff";

/** Part of a text, and whether the other text has it too. */
export interface Part {
  text: string;
  kind: "same" | "added" | "removed";
}

/** More changed words than this and the texts have nothing to say to each other: they are shown as two whole texts. */
const MOST = 2000;

const wordsOf = (text: string) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** What turns one text into another, word by word. */
export function differences(before: string, after: string): Part[] {
  const found = diffArrays(wordsOf(before), wordsOf(after), { maxEditLength: MOST });
  if (!found)
    return [
      { text: before, kind: "removed" },
      { text: after, kind: "added" },
    ];
  return joined(
    found.map(({ value, added, removed }) => ({
      text: value.join(""),
      kind: added ? "added" : removed ? "removed" : "same",
    })),
  );
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
