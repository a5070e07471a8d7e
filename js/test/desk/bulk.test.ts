import axe from "axe-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { QuestionSpec, RecordView, Spec } from "../../src/wire.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const more = { title: "Tone", description: null, required: true };
const options = [
  { value: "kind", text: "Kind" },
  { value: "rude", text: "Rude" },
];
const TONE: QuestionSpec = { ...more, name: "tone", type: "label_selection", options, visible: null };
const FORM: Spec = { ...SPEC, questions: [TONE] };

/** Answers `ids`, `group` and `accept`, too; the records of even index have a suggestion. */
class ManyKernel extends FakeKernel {
  drawn = ["r2", "r4"];
  disagree = 0;
  accepts: Record<string, unknown>[] = [];

  constructor(count: number, spec = FORM) {
    super({ count, spec });
    this.records = this.records.map((view) => ({
      ...view,
      suggestions:
        view.index % 2 ? {} : { tone: [{ value: view.index % 4 ? "rude" : "kind", score: 0.9, agent: "m" }] },
    }));
  }

  override answer(message: Parameters<FakeKernel["answer"]>[0]): object {
    if (message.kind === "ids") return this.#ids(message as never);
    if (message.kind === "group") return this.#group();
    if (message.kind === "accept") {
      this.accepts.push(message);
      return { kind: "accepted", accepted: 7, ...this.counts() };
    }
    return super.answer(message);
  }

  #ids({ after, limit }: { after: number; limit: number }) {
    const open = this.records.filter((view) => view.index > after && this.status(view.record) === "pending");
    const found = open.slice(0, limit);
    return {
      kind: "ids",
      ids: found.map((view) => view.record),
      indices: found.map((view) => view.index),
      last: found.at(-1)?.index ?? after,
      end: open.length <= limit,
    };
  }

  #group() {
    const waiting = this.drawn.filter((record) => this.status(record) === "pending");
    const problem = waiting.length ? `${waiting.length} wait to be checked by hand` : null;
    const drawn = this.records.filter((view) => waiting.includes(view.record));
    return {
      kind: "group",
      check: "key",
      records: drawn.map((view) => ({ ...view, suggestions: {} })),
      answered: this.drawn.length - waiting.length,
      disagree: this.disagree,
      left: 7,
      problem: this.disagree ? "1 of 2 checked records disagree with the suggestion" : problem,
    };
  }
}

let kernel: ManyKernel;
let desk: Opened;

async function open(count = 60, spec = FORM): Promise<void> {
  desk?.close();
  kernel = new ManyKernel(count, spec);
  desk = await openDesk(kernel);
  desk.press("b");
  await desk.wait();
}
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => desk.close());

const rows = () => desk.all("row");
const selected = () => rows().filter((row) => row.getAttribute("aria-selected") === "true");
const ids = (elements: HTMLElement[]) => elements.map((row) => row.dataset.record);
const pick = (value: string) => desk.root.querySelector<HTMLElement>(`[data-value=${value}]`)?.click();

test("the key shows a page of records beside the form, and goes back to one at a time", async () => {
  await open();
  expect(rows().length).toBe(25);
  expect(document.activeElement).toBe(desk.at("rows"));
  expect(desk.at("rows").getAttribute("aria-activedescendant")).toBe(rows()[0]?.id);
  desk.press("b");
  await desk.wait();
  expect(desk.at("record").dataset.record).toBe("r0");
});

test("Space, arrows with Shift, clicks and clicks with Shift select", async () => {
  await open();
  desk.press(" ", "Shift+ArrowDown", "Shift+ArrowDown");
  await desk.wait();
  expect(ids(selected())).toEqual(["r0", "r1", "r2"]);
  rows()[1]?.click();
  await desk.wait();
  expect(ids(selected())).toEqual(["r0", "r2"]);
  rows()[4]?.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
  await desk.wait();
  expect(ids(selected())).toEqual(["r0", "r1", "r2", "r3", "r4"]);
  expect(desk.text("bulk-count")).toContain("5 records selected");
});

test("one answer goes to all that are selected once it is confirmed, by keys alone", async () => {
  await open();
  desk.press(" ", "Shift+ArrowDown", "2"); // the only required choice asks at once
  await desk.wait();
  expect(desk.text("confirm")).toContain("Submit “Tone: Rude” for 2 records?");
  expect(desk.at("confirm").contains(document.activeElement)).toBe(true);
  expect(kernel.log).toEqual([]);
  desk.press("Enter");
  await desk.wait();
  expect(kernel.log.map(({ record, status, values }) => [record, status, values])).toEqual([
    ["r0", "submitted", { tone: "rude" }],
    ["r1", "submitted", { tone: "rude" }],
  ]);
  expect(kernel.requests.filter(({ kind }) => kind === "respond").length).toBe(1);
  expect(desk.text("badge")).toContain("Saved");
});

test("no key but Enter says yes, and Esc takes it back", async () => {
  await open();
  desk.press(" ", "1", "1", "b", "Backspace", "x", "Escape", "Enter");
  await desk.wait();
  // The answer stands in the form: Enter asked again.
  expect(kernel.log).toEqual([]);
  expect(desk.all("confirm").length).toBe(1);
});

test("what stands in the form for many is no draft of the record that was on show before", async () => {
  await open();
  pick("rude");
  await desk.wait(5000);
  desk.press("b");
  await desk.wait(5000);
  expect(kernel.log).toEqual([]);
});

test("the log is told truthfully what was seen: one of many, with the suggestions that were on the page", async () => {
  await open();
  desk.press(" ", "Shift+ArrowDown", "Backspace", "Enter");
  await desk.wait();
  const batch = kernel.log[0]?.shown.batch;
  expect(batch).toBeTruthy();
  expect(kernel.log.map(({ status, shown }) => [status, shown])).toEqual([
    ["discarded", { suggestions: ["tone"], bulk: true, batch }],
    ["discarded", { suggestions: [], bulk: true, batch }],
  ]);
});

test("select all means the page, a second time everything, after a question; nothing is lost on the way", async () => {
  await open(1200);
  desk.press("Ctrl+a");
  await desk.wait();
  expect(selected().length).toBe(25);
  desk.press("Ctrl+a");
  await desk.wait();
  expect(desk.text("confirm")).toContain("Select every record of this queue, not only the 25 on this page?");
  desk.press("Enter");
  await desk.wait();
  expect(desk.text("bulk-count")).toBe("1,200 records selected · 1,175 beyond this page");
  desk.press("1");
  await desk.wait();
  expect(desk.text("confirm")).toContain("for 1,200 records?");
  desk.press("Enter");
  await desk.wait(100);
  expect(kernel.counts().progress.submitted).toBe(1200);
  const sizes = kernel.requests.flatMap(({ kind, events }) =>
    kind === "respond" ? [(events as unknown[]).length] : [],
  );
  expect(sizes).toEqual([500, 500, 200]);
  const { batch } = kernel.log[0]?.shown ?? {};
  expect(kernel.log.at(-1)?.shown).toEqual({ suggestions: [], bulk: true, batch });
});

test("what the kernel refuses is listed with its reason, and the rest is saved", async () => {
  await open();
  kernel.refuses = (event) => (event.record === "r1" ? "the record is gone" : null);
  desk.press(" ", "Shift+ArrowDown", "Shift+ArrowDown", "1", "Enter");
  await desk.wait();
  expect(kernel.log.map((event) => event.record)).toEqual(["r0", "r2"]);
  expect(desk.text("bulk-refused")).toContain("1 record could not be answered:");
  expect(desk.text("bulk-refused")).toContain("Record 2: the record is gone");
  desk.at("bulk-dismiss").click();
  await desk.wait();
  expect(desk.all("bulk-refused").length).toBe(0);
});

test("accepting suggestions gives each its own, and says what is left out", async () => {
  await open();
  desk.press(" ", "Shift+ArrowDown", "Shift+ArrowDown", ".");
  await desk.wait();
  expect(desk.text("confirm")).toContain("Submit what is suggested for 2 records: Tone: 1 × Kind, 1 × Rude?");
  expect(desk.text("confirm")).toContain("1 record without a whole suggestion is left out.");
  desk.press("Enter");
  await desk.wait();
  expect(kernel.log.map(({ record, values }) => [record, values])).toEqual([
    ["r0", { tone: "kind" }],
    ["r2", { tone: "rude" }],
  ]);
});

test("a row shows what is suggested with its score, and never reads text as HTML", async () => {
  kernel = new ManyKernel(3);
  const evil = '<img src=x onerror="window.hacked=1"><b>bold</b>';
  kernel.records[0] = {
    ...(kernel.records[0] as RecordView),
    fields: { prompt: evil },
    suggestions: { tone: [{ value: evil, score: 0.5, agent: evil }] },
  };
  desk = await openDesk(kernel);
  desk.press("b");
  await desk.wait();
  expect(rows()[0]?.textContent).toContain(evil);
  expect(rows()[0]?.querySelector("img, b")).toBeNull();
  expect(rows()[2]?.textContent).toContain("Rude 0.90");
  expect((window as { hacked?: number }).hacked).toBeUndefined();
});

test("an answered page makes way for the next one", async () => {
  await open(60);
  desk.press("Ctrl+a", "1", "Enter");
  await desk.wait(50);
  expect(ids(rows()).slice(0, 2)).toEqual(["r25", "r26"]);
  desk.press("ArrowRight");
  await desk.wait();
  expect(rows().length).toBe(10);
  desk.press("ArrowLeft");
  await desk.wait();
  expect(ids(rows())[0]).toBe("r25");
});

test("an answer that is missing or lies inside a record is said, and nothing is asked", async () => {
  const inside = { ...more, title: "Which?", name: "pair", type: "pairwise", fields: ["prompt"] };
  await open(10, { ...FORM, questions: [TONE, inside] });
  desk.press("Enter");
  expect(desk.text("notice")).toBe("");
  await desk.wait();
  expect(desk.text("notice")).toContain("Select records first");
  desk.press(" ", "Enter");
  await desk.wait();
  expect(desk.text("notice")).toContain("“Which?” is answered inside each record");
  expect(desk.all("confirm").length).toBe(0);
  expect(desk.all("question").length).toBe(1);
});

test("undo takes an answer of the batch back without leaving the page", async () => {
  await open();
  desk.press(" ", "1", "Enter");
  await desk.wait();
  expect(kernel.status("r0")).toBe("submitted");
  desk.press("z");
  await desk.wait();
  expect(kernel.status("r0")).toBe("pending");
  expect(desk.all("rows").length).toBe(1);
});

test("one key takes back all that was answered at once, another puts it back, and both say how many", async () => {
  await open();
  desk.press("Ctrl+a", "1", "Enter");
  await desk.wait(100);
  expect(ids(rows())[0]).toBe("r25");
  desk.press("z");
  await desk.wait(100);
  expect(kernel.counts().progress.submitted).toBe(0);
  expect(desk.text("notice")).toBe("The answers to 25 records are taken back; redo puts them back.");
  expect(ids(rows())[0]).toBe("r0");
  desk.press("Shift+z");
  await desk.wait(100);
  expect(kernel.counts().progress.submitted).toBe(25);
  expect(desk.text("notice")).toBe("The answers to 25 records stand again.");
});

test("an answer to a single record is no batch, and a draft of it comes back with the undo", async () => {
  await open();
  desk.press(" ", "1", "Enter");
  await desk.wait(100);
  expect(kernel.log[0]?.shown).not.toHaveProperty("batch");
});

test("what was taken back together shows its first record with the draft that was there before", async () => {
  await open();
  desk.press("b");
  await desk.wait();
  desk.at("auto").click(); // a pick is not an answer yet
  await desk.wait();
  desk.press("2", "Ctrl+s", "b");
  await desk.wait(100);
  desk.press("Ctrl+a", "1", "Enter", "Enter");
  await desk.wait(100);
  desk.press("b");
  await desk.wait();
  desk.press("z");
  await desk.wait(100);
  expect(desk.at("record").dataset.record).toBe("r0");
  expect(kernel.status("r0")).toBe("draft");
  expect(desk.root.querySelector("[data-value=rude]")?.getAttribute("aria-checked")).toBe("true");
});

/** A desk where a whole page was answered at once and taken back, and the questions are on show again. */
async function openTakenBack() {
  await open();
  desk.press("Ctrl+a", "1", "Enter");
  await desk.wait(100);
  desk.press("z");
  await desk.wait(100);
  desk.press("b");
  await desk.wait();
}

test("what stands again together leads on from a record that is one of them", async () => {
  await openTakenBack();
  for (let step = 0; step < 5; step += 1) {
    desk.press("ArrowRight");
    await desk.wait();
  }
  expect(desk.at("record").dataset.record).toBe("r5");
  desk.press("Shift+z");
  await desk.wait(100);
  expect(desk.at("record").dataset.record).toBe("r25");
});

test("what stands again together does not touch the form of a record that is none of them", async () => {
  await openTakenBack();
  (desk.at("goto") as HTMLInputElement).value = "31";
  desk.at("goto").focus();
  desk.press("Enter");
  await desk.wait();
  expect(desk.at("record").dataset.record).toBe("r30");
  desk.press("Ctrl+m");
  await desk.wait();
  const box = desk.at("comment") as HTMLTextAreaElement;
  box.value = "not sent yet";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  desk.press("Escape", "Shift+z");
  await desk.wait(100);
  expect(kernel.counts().progress.submitted).toBe(25);
  expect(desk.at("record").dataset.record).toBe("r30");
  expect((desk.at("comment") as HTMLTextAreaElement).value).toBe("not sent yet");
});

test("many answers given elsewhere or earlier are taken back only after a question", async () => {
  await open();
  desk.press("Ctrl+a", "1", "Enter");
  await desk.wait(100);
  desk.press("b");
  await desk.wait();
  desk.press("2");
  await desk.wait(300);
  desk.press("z");
  await desk.wait();
  expect(desk.at("record").dataset.record).toBe("r25");
  expect(kernel.counts().progress.submitted).toBe(25);
  desk.press("z");
  await desk.wait();
  expect(kernel.counts().progress.submitted).toBe(25);
  expect(desk.text("notice")).toContain("given to 25 records at once: undo again to take back all of them");
  desk.press("z");
  await desk.wait();
  expect(kernel.counts().progress.submitted).toBe(0);
  expect(desk.at("record").dataset.record).toBe("r0");
  desk.press("Shift+z");
  await desk.wait();
  expect(kernel.counts().progress.submitted).toBe(25);
  expect(desk.at("record").dataset.record).toBe("r25");
});

test("an undo within a spot check does not keep the page busy for ever", async () => {
  await open();
  await ask();
  desk.at("group-start").click();
  await desk.wait();
  for (const _ of kernel.drawn) {
    pick("rude");
    await desk.wait(300);
  }
  desk.press("z");
  await desk.wait();
  expect(desk.at("record").dataset.record).toBe("r4");
  desk.press("2");
  await desk.wait(300);
  expect(desk.all("check-done").length).toBe(1);
});

async function choose(name: string, value: string): Promise<void> {
  const box = desk.at(name) as HTMLInputElement;
  box.value = value;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  await desk.wait();
}

async function ask(): Promise<void> {
  desk.at("group-open").click();
  await desk.wait();
  await choose("group-value", "rude");
  await choose("group-check", "2");
  desk.at("group-ask").click();
  await desk.wait();
}

test("a group is accepted only after the records drawn were answered by hand, without suggestions", async () => {
  await open();
  await ask();
  expect(desk.text("group-says")).toContain("Check 2 records first");
  expect(desk.all("group-accept").length).toBe(0);
  desk.at("group-start").click();
  await desk.wait();
  expect(desk.at("record").dataset.record).toBe("r2");
  expect(desk.root.querySelector("[data-suggested]")).toBeNull();
  desk.model.receive({
    ...{ v: 1, client: "*", rid: "", kind: "progress" },
    ...kernel.counts(),
    views: kernel.records.slice(0, 5),
  });
  await desk.wait();
  expect(desk.root.querySelector("[data-suggested]")).toBeNull();
  desk.model.receive({
    ...{ v: 1, client: "*", rid: "", kind: "progress", views: [], more: true },
    ...kernel.counts(),
  });
  await desk.wait(); // much has changed: the records drawn stay, they come from nowhere else
  for (const _ of kernel.drawn) {
    pick("rude");
    await desk.wait(300);
  }
  await desk.wait(300);
  expect(kernel.log.map(({ record, shown }) => [record, shown])).toEqual(
    kernel.drawn.map((record) => [record, { suggestions: [], check: "key" }]),
  );
  expect(desk.text("check-done")).toContain("Accept it for the other 7 records");
  desk.at("group-accept").click();
  await desk.wait();
  expect(desk.text("notice")).toContain("Accepted: 7 records as “Tone: Rude”.");
  desk.press("z"); // takes back what was just accepted, without a question
  await desk.wait();
  const undo = kernel.requests.find(({ kind }) => kind === "undo");
  expect(undo?.batch).toBe(kernel.accepts[0]?.event);
  const { question, value, score, check, allowed } = kernel.accepts[0] ?? {};
  expect([question, value, score, check, allowed]).toEqual(["tone", "rude", 0.9, 2, 0]);
  expect(desk.all("rows").length).toBe(1);
});

test("a spot check that disagrees offers no acceptance, and says why", async () => {
  await open();
  kernel.drawn = [];
  kernel.disagree = 1;
  await ask();
  expect(desk.text("group-says")).toContain("Not offered: 1 of 2 checked records disagree");
  expect(desk.all("group-accept").length).toBe(0);
});

test("a form with a second required question offers no groups", async () => {
  await open(5, { ...FORM, questions: [TONE, { ...TONE, name: "other" }] });
  expect(desk.all("group-open").length).toBe(0);
});

test.each([
  ["rows", []],
  ["cards, some selected, a question open", [" ", "Shift+ArrowDown", "1"]],
])(
  "axe finds nothing against %s",
  async (_what, keys) => {
    await open(12);
    desk.at("group-open").click();
    desk.at("bulk-cards").click();
    desk.press(...keys);
    await desk.wait();
    vi.useRealTimers();
    const rules = { "color-contrast": { enabled: false }, region: { enabled: false } };
    const { violations } = await axe.run(desk.root, { rules });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
  },
  30_000,
);
