import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { asked, askedValues, firstProblem } from "../../src/desk/answering.ts";
import type { QuestionSpec, Spec, Values } from "../../src/wire.ts";
import { type Opened, openDesk } from "../desk/open_desk.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";

interface Case {
  why: string;
  values: Values;
  asked: string[];
  stored: Values;
  open: string[];
}
const file = path.resolve(import.meta.dirname, "../../../tests/cases/show_if.json");
const { questions, cases }: { questions: QuestionSpec[]; cases: Case[] } = JSON.parse(
  fs.readFileSync(file, "utf8"),
);
// The file has the questions as the store keeps them: `options` is what the desk gets besides.
for (const question of questions)
  if (Array.isArray(question.labels))
    question.options = question.labels.map((value) => ({ value, text: value }));

describe("the desk and the kernel agree on what is asked", () => {
  test.each(cases)("$why", ({ values, asked: expected, stored, open }) => {
    expect(asked(questions, values).map((question) => question.name)).toEqual(expected);
    expect(askedValues(questions, values)).toEqual(stored);
    const problem = firstProblem({ ...SPEC, questions }, values);
    expect(problem ? questions[problem.at]?.name : undefined).toBe(open[0]);
  });
});

describe("at the desk", () => {
  let desk: Opened;
  const spec: Spec = { ...SPEC, questions: questions.slice(0, 3) };
  const names = () => desk.all("question").map((each) => each.dataset.name);

  beforeEach(async () => {
    vi.useFakeTimers();
    Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
    desk = await openDesk(new FakeKernel({ spec }));
  });
  afterEach(() => {
    desk.close();
    vi.useRealTimers();
  });

  test("a question appears with the answer that asks for it, is walked to, and leaves with it", async () => {
    expect(names()).toEqual(["tone"]);
    desk.press("2"); // bad
    await desk.wait(0);
    expect(names()).toEqual(["tone", "faults"]);
    desk.press("2", "ArrowDown"); // wrong
    await desk.wait(0);
    desk.press("ArrowDown", "3");
    await desk.wait(0);
    expect(names()).toEqual(["tone", "faults", "how-wrong"]);
    desk.press("ArrowUp", "ArrowUp", "ArrowUp", "1"); // good
    await desk.wait(0);
    expect(names()).toEqual(["tone"]);
    desk.press("Enter");
    await desk.wait();
    expect(desk.kernel.log.at(-1)?.values).toEqual({ tone: "good" });
  });

  test("what was answered before comes back with its question", async () => {
    desk.press("2", "2", "ArrowUp", "1");
    await desk.wait(0);
    desk.press("ArrowUp", "3"); // unsure
    await desk.wait(0);
    const wrong = desk.root.querySelector("[data-value=wrong]");
    expect(wrong?.getAttribute("aria-checked")).toBe("true");
  });
});
