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

describe("moving an option", () => {
  const ranked = keys(spec).pick(
    1,
    keys(spec).pick(2, keys(spec).pick(0, undefined, { tie: false, last: null }), { tie: false, last: null }),
    { tie: false, last: null },
  );
  const moved = (at: number, by: -1 | 1) =>
    (keys(spec).move?.(at, by, ranked) as { value: string }[]).map((pair) => pair.value).join("");

  test("up and down swap it with its neighbour", () => {
    expect(moved(2, -1)).toBe("cabd");
    expect(moved(2, 1)).toBe("abcd");
  });

  test("the ends stay where they are", () => {
    expect(moved(0, -1)).toBe("acbd");
    expect(moved(3, 1)).toBe("acbd");
  });

  test("the result may be submitted", () => {
    expect(check(spec, keys(spec).move?.(3, -1, ranked))).toBeNull();
  });
});
