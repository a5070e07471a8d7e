import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { QuestionSpec } from "../../src/wire.ts";
import { FakeKernel, FakeModel, SPEC } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const options = ["kind", "rude"].map((value) => ({ value, text: value }));
const more = { title: "Tone", description: null, required: true, visible: null };
const TONE: QuestionSpec = { ...more, name: "tone", type: "label_selection", options };

const PUSH = { v: 1, client: "*", rid: "", kind: "progress", views: [] };
const desks: Opened[] = [];
let kernel: FakeKernel;
let model: FakeModel;

beforeEach(() => {
  vi.useFakeTimers();
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
  kernel = new FakeKernel({ count: 60, spec: { ...SPEC, questions: [TONE] } });
  model = new FakeModel(kernel);
});
afterEach(() => {
  for (const desk of desks.splice(0)) desk.close();
  vi.useRealTimers();
});

async function open(through = model): Promise<Opened> {
  const desk = await openDesk(kernel, through);
  desks.push(desk);
  return desk;
}

/** Submit the first 25 records together. */
async function submitMany(desk: Opened): Promise<void> {
  desk.root.focus();
  desk.press("b");
  await desk.wait(100);
  desk.press("Ctrl+a", "2", "Enter");
  await desk.wait(100);
  expect(kernel.counts().progress.submitted).toBe(25);
}

/** What a desk says of the record on show, and the option that is picked. */
function says(desk: Opened): (string | undefined)[] {
  const picked = desk.all("option").find((option) => option.getAttribute("aria-checked") === "true");
  return [desk.root.querySelector<HTMLElement>(".fw-status")?.dataset.status, picked?.dataset.value];
}

/** Walk from the first unanswered record back to the one before it. */
async function lookBack(desk: Opened): Promise<void> {
  desk.root.focus();
  desk.press("Alt+1");
  await desk.wait(100);
  desk.press("ArrowLeft");
  await desk.wait(100);
  expect(desk.at("record").dataset.record).toBe("r24");
}

describe("what was answered at once is taken back in one view", () => {
  test("and the other one's record on show is unanswered again, in word and form; redo answers it again", async () => {
    const [one, other] = [await open(), await open()];
    await submitMany(one);
    await lookBack(other);
    expect(says(other)).toEqual(["submitted", "rude"]);
    one.root.focus();
    one.press("z");
    await one.wait(100);
    expect(says(other)).toEqual([undefined, undefined]);
    one.press("Shift+z");
    await one.wait(100);
    expect(says(other)).toEqual(["submitted", "rude"]);
  });

  test("and what the other one has in hand stays in hand", async () => {
    const [one, other] = [await open(), await open()];
    await submitMany(one);
    await lookBack(other);
    other.press("Ctrl+m");
    await other.wait();
    const box = other.at("comment") as HTMLTextAreaElement;
    box.value = "wait";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    one.root.focus();
    one.press("z");
    await one.wait(100);
    expect(says(other)).toEqual([undefined, "rude"]);
    expect((other.at("comment") as HTMLTextAreaElement).value).toBe("wait");
  });

  test("and the other one's page of records is loaded again", async () => {
    const [one, other] = [await open(), await open()];
    await submitMany(one);
    other.root.focus();
    other.press("Alt+3", "b");
    await other.wait(100);
    const rows = () => other.all("row").map((row) => row.dataset.record);
    expect(rows()).toHaveLength(25);
    one.root.focus();
    one.press("z");
    await one.wait(100);
    expect(rows()).toEqual([]);
    one.press("Shift+z");
    await one.wait(100);
    expect(rows()).toHaveLength(25);
  });
});

describe("where the kernel names only some of what changed", () => {
  test("a page of another desk asks anew for what it shows, and forgets the rest", async () => {
    const other = await open(new FakeModel(kernel));
    const one = await open();
    await submitMany(one);
    other.model.receive({ ...PUSH, more: true, ...kernel.counts() });
    await other.wait(100);
    expect(says(other)).toEqual(["submitted", "rude"]);
    other.root.focus();
    other.press("1"); // another answer to it: back to what waits, of which nothing old is held
    await other.wait(300);
    expect(other.at("record").dataset.record).toBe("r25");
    expect(other.model.sent.filter(({ kind }) => kind === "goto")).toHaveLength(1);
  });

  test("a page of records is loaded again, and what was selected and is still there stays selected", async () => {
    const desk = await open();
    desk.press("b");
    await desk.wait(100);
    desk.press(" ", "ArrowDown", " ", "ArrowDown", " ");
    await desk.wait();
    kernel.complete.add("r0");
    desk.model.receive({ ...PUSH, more: true, ...kernel.counts() });
    await desk.wait(100);
    expect(desk.all("row")[0]?.dataset.record).toBe("r1");
    expect(desk.text("bulk-count")).toContain("2 records selected");
  });

  test("two views of one desk hear it once", async () => {
    const [one] = [await open(), await open()];
    one.model.receive({ ...PUSH, more: true, ...kernel.counts() });
    await one.wait(100);
    expect(one.model.sent.filter(({ kind }) => kind === "goto")).toHaveLength(1);
  });

  test("a push that names all of it asks for nothing", async () => {
    const other = await open(new FakeModel(kernel));
    const before = other.model.sent.length;
    other.model.receive({ ...PUSH, more: false, ...kernel.counts() });
    await other.wait(100);
    expect(other.model.sent).toHaveLength(before);
  });
});
