import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { drawnOrder } from "../../src/desk/order.ts";
import { differences, sharedStart } from "../../src/diff.tsx";
import type { QuestionSpec, Spec } from "../../src/wire.ts";
import { type Opened, openDesk } from "../desk/open_desk.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";

describe("the order of the sides", () => {
  const order = (user: string, record: string) => drawnOrder(["one", "two"], user, record, "better").join();

  test("is the same whenever the same person sees the same record", () => {
    for (const record of ["r0", "r1", "r2"]) expect(order("ann", record)).toBe(order("ann", record));
  });

  test("is fixed for ever: answers that are stored already were given in it", () => {
    expect(["r0", "r1", "r2", "r3", "r4", "r5"].map((record) => order("ann", record))).toMatchInlineSnapshot(`
      [
        "one,two",
        "two,one",
        "two,one",
        "two,one",
        "two,one",
        "one,two",
      ]
    `);
  });

  test("puts each response first about half the time, whoever looks", () => {
    for (const user of ["ann", "bob"]) {
      const first = Array.from({ length: 1000 }, (_, at) => order(user, `r${at}`)).filter(
        (it) => it === "one,two",
      );
      expect(Math.abs(first.length - 500)).toBeLessThan(80); // five standard deviations
    }
  });

  test("differs between people", () => {
    const records = Array.from({ length: 100 }, (_, at) => `r${at}`);
    const alike = records.filter((record) => order("ann", record) === order("bob", record));
    expect(alike.length).toBeGreaterThan(20);
    expect(alike.length).toBeLessThan(80);
  });
});

test("differences put together are the two texts", () => {
  const [before, after] = ["The cat sat, there.", "The dog sat here, there."];
  const parts = differences(before, after);
  const without = (kind: string) =>
    parts
      .filter((part) => part.kind !== kind)
      .map((part) => part.text)
      .join("");
  expect([without("added"), without("removed")]).toEqual([before, after]);
  expect(parts.filter((part) => part.kind === "added").map((part) => part.text.trim())).toEqual([
    "dog",
    "here",
  ]);
});

test("what texts share at their start ends with a whole word", () => {
  expect(sharedStart(["Once upon a time", "Once upon a tiger"])).toBe("Once upon a ".length);
  expect(sharedStart(["same", "same"])).toBe(4);
  expect(sharedStart(["a", "b"])).toBe(0);
});

describe("at the desk", () => {
  const BETTER: QuestionSpec = {
    name: "better",
    type: "pairwise",
    title: "Better",
    description: null,
    required: true,
    fields: ["one", "two"],
    scale: null,
    allow_tie: true,
    allow_both_bad: true,
  };
  const field = (name: string) => ({ name, type: "text", title: name, required: true, use_markdown: false });
  let desk: Opened;

  async function open(more: Partial<QuestionSpec> = {}): Promise<void> {
    const spec: Spec = {
      ...SPEC,
      fields: [...SPEC.fields, field("one"), field("two")],
      questions: [{ ...BETTER, ...more }],
    };
    const kernel = new FakeKernel({ spec });
    const beginning = "The same beginning of both. ".repeat(10);
    for (const record of kernel.records)
      Object.assign(record.fields, { one: `${beginning}A red fox.`, two: `${beginning}A grey fox.` });
    desk = await openDesk(kernel);
  }
  const sides = () => desk.all("side").map((each) => each.dataset.name ?? "");
  const last = () => desk.kernel.log.at(-1);

  beforeEach(() => {
    vi.useFakeTimers();
    Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
  });
  afterEach(() => {
    desk.close();
    vi.useRealTimers();
  });

  test("one key answers, the names of the responses are nowhere, and the order is stored", async () => {
    await open();
    const shown = sides();
    const words = desk.root.textContent ?? "";
    for (const name of ["one", "two"]) expect(words).not.toMatch(new RegExp(`\\b${name}\\b`));
    desk.press("2");
    await desk.wait();
    expect(last()?.values).toEqual({ better: { choice: shown[1], strength: null } });
    expect(last()?.shown.order).toEqual({ better: shown });
  });

  test.each([
    ["=", { choice: "tie", strength: null }],
    ["0", { choice: "both_bad", strength: null }],
  ])("%s answers %j", async (key, expected) => {
    await open();
    desk.press(key);
    await desk.wait();
    expect(last()?.values).toEqual({ better: expected });
  });

  test.each([
    ["1", 0, 3],
    ["3", 0, 1],
    ["5", 1, 1],
    ["7", 1, 3],
  ])("on a scale of three %s is side %i, strength %i", async (key, side, strength) => {
    await open({ scale: 3 });
    const choice = sides()[side];
    desk.press(key);
    await desk.wait();
    expect(last()?.values).toEqual({ better: { choice, strength } });
  });

  test("the same beginning is folded, and d shows where the rest differs", async () => {
    await open();
    expect(desk.text("sides")).not.toContain("The same beginning of both");
    desk.press("d");
    await desk.wait(0);
    const changed = [...desk.root.querySelectorAll("ins, del")].map((each) => each.textContent).sort();
    expect(changed).toEqual(["grey", "red"]);
  });

  test("without ties = is not taken", async () => {
    await open({ allow_tie: false });
    expect(desk.press("=")[0]?.defaultPrevented).toBe(false);
  });
});
