import { describe, expect, test } from "vitest";
import { check, keys } from "../../src/questions/ranking.tsx";
import type { QuestionSpec, Value } from "../../src/wire.ts";

const spec: QuestionSpec = {
  name: "order",
  type: "ranking",
  title: "Order",
  description: null,
  required: true,
  options: ["a", "b", "c", "d"].map((value) => ({ value, text: value.toUpperCase() })),
};

/** Presses numbers; "=" before one ties it with the pick before. */
function press(typed: string, start?: Value): string {
  let value = start;
  let last: number | null = null;
  let tie = false;
  for (const key of typed) {
    if (key === "=") tie = true;
    else {
      value = keys(spec).pick(Number(key) - 1, value, { tie, last });
      last = Number(key) - 1;
      tie = false;
    }
  }
  return (
    (value as { value: string; rank: number }[] | undefined)
      ?.map((pair) => pair.value + pair.rank)
      .join(" ") ?? ""
  );
}

describe("ranking by numbers", () => {
  test.each([
    ["3", "c1", "a number gives the next free rank"],
    ["31", "c1 a2", "in order of preference"],
    ["312", "c1 a2 b3 d4", "the last one left is ranked by itself"],
    ["3124", "c1 a2 b3 d4", "typing the last one too changes nothing"],
    ["31244", "c1 a2 b3", "pressing it once more takes it back"],
    ["313", "a1", "a number pressed again takes its option back and closes the gap"],
    ["3=12", "c1 a1 b2 d3", "= ties the next pick with the one before"],
    ["=3", "c1", "a tie with nothing is a first rank"],
  ])("%s gives %s: %s", (typed, expected) => {
    expect(press(typed)).toBe(expected);
  });
});

describe("a tie in a finished ranking", () => {
  const pair = keys({ ...spec, options: spec.options?.slice(0, 2) ?? [] });
  const whole = pair.pick(1, undefined, { tie: false, last: null });

  test("the last place comes to share the rank before it, and a second time stands alone again", () => {
    const tied = pair.tieLast?.(whole);
    expect(tied).toEqual([
      { value: "b", rank: 1 },
      { value: "a", rank: 1 },
    ]);
    expect(pair.tieLast?.(tied)).toEqual(whole);
  });

  test("an unfinished ranking has no last place yet", () => {
    const begun = keys(spec).pick(0, undefined, { tie: false, last: null });
    expect(keys(spec).tieLast?.(begun)).toBeUndefined();
  });
});

describe("moving an option", () => {
  const { pick, move } = keys(spec);
  const how = { tie: false, last: null };
  const ranked = pick(1, pick(2, pick(0, undefined, how), how), how); // a, c, b, and so d

  test.each([
    [2, -1, "cabd", "up swaps it with the one before"],
    [2, 1, "abcd", "down swaps it with the one after"],
    [0, -1, "acbd", "the best stays the best"],
    [3, 1, "acbd", "the last stays the last"],
  ] as const)("option %i by %i gives %s: %s", (at, by, expected, _why) => {
    const moved = move?.(at, by, ranked) as { value: string }[];
    expect(moved.map((pair) => pair.value).join("")).toBe(expected);
    expect(check(spec, moved)).toBeNull();
  });
});
