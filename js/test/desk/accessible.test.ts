import axe from "axe-core";
import { afterEach, expect, test, vi } from "vitest";
import type { QuestionSpec, Spec } from "../../src/wire.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const more = { title: "Title", description: "In a word.", required: false };
const options = [
  { value: "a", text: "A" },
  { value: "b", text: "B" },
];
const questions: QuestionSpec[] = [
  { ...more, name: "rating", type: "rating", values: [1, 2], required: true },
  { ...more, name: "label", type: "label_selection", options, visible: 1 },
  { ...more, name: "many", type: "multi_label_selection", options, visible: null },
  { ...more, name: "order", type: "ranking", options },
  { ...more, name: "text", type: "text", use_markdown: false },
];
const ALL: Spec = { ...SPEC, questions };

let desk: Opened;
afterEach(() => desk.close());

async function violations(): Promise<string[]> {
  vi.useRealTimers(); // axe waits by timers of its own
  // jsdom has no layout: contrast and sizes are looked at in a browser.
  const { violations } = await axe.run(desk.root, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

test.each([
  ["a record with every kind of question", ALL, 3, []],
  ["the guidelines", ALL, 3, ["g"]],
  ["the sheet of keys", ALL, 3, ["?"]],
  ["a single choice with its switch", SPEC, 3, []],
  ["the end", SPEC, 1, ["3"]],
])("axe finds nothing against %s", async (_what, spec, count, keys) => {
  vi.useFakeTimers();
  desk = await openDesk(new FakeKernel({ spec, count }));
  desk.press(...keys);
  await desk.wait();
  expect(await violations()).toEqual([]);
});
