import { describe, expect, test } from "vitest";
import { differences, type Part } from "../src/diff.tsx";

/** The same numbers whenever the test runs. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state;
  }
}
const without = (parts: Part[], kind: Part["kind"]) =>
  parts.flatMap((part) => (part.kind === kind ? [] : part.text)).join("");
const changed = (parts: Part[]) => parts.filter(({ kind }) => kind !== "same").length;

describe("differences", () => {
  test("lead from one text to the other, whatever the two are", () => {
    const next = numbers(7);
    const text = () =>
      Array.from({ length: next.next().value % 12 }, () => "ab, c"[next.next().value % 5]).join(" ");
    for (let round = 0; round < 500; round += 1) {
      const [before, after] = [text(), text()];
      const parts = differences(before, after);
      expect(without(parts, "added")).toBe(before);
      expect(without(parts, "removed")).toBe(after);
    }
  });

  test("are as few as can be", () => {
    const words = Array.from({ length: 400 }, (_, at) => `w${at}`);
    const other = words.map((word, at) => (at % 100 === 50 ? "new" : word));
    expect(changed(differences(words.join(" "), other.join(" ")))).toBe(8);
    expect(changed(differences("a b c d e", "a c d e"))).toBe(1);
    expect(differences("one", "one")).toEqual([{ text: "one", kind: "same" }]);
    expect(differences("", "")).toEqual([]);
  });

  test("of texts that have nothing in common are the two texts, without long thinking", () => {
    const [before, after] = ["a", "b"].map((mark) =>
      Array.from({ length: 3000 }, (_, at) => mark + at).join("\n\n"),
    ) as [string, string];
    expect(differences(before, `${after} `).map(({ kind }) => kind)).toEqual(["removed", "added"]);
  });
});
