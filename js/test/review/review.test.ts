import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Link } from "../../src/desk/link.ts";
import en from "../../src/languages/en.json";
import { KEYS, OWN_ROWS } from "../../src/review/keys.ts";
import { agreed, ReviewView } from "../../src/review/view.ts";
import type { Spec } from "../../src/wire.ts";
import type { Mounted } from "../desk/open_desk.ts";
import { SPEC } from "../fake_kernel.ts";
import { answer, FakeReviews, openReview, reviewRecord } from "./open_review.ts";

const MORE = { description: null, required: true };
const ALL: Spec = {
  ...SPEC,
  questions: [
    ...SPEC.questions,
    { ...MORE, name: "why", type: "text", title: "Why", use_markdown: false },
    {
      ...MORE,
      name: "parts",
      type: "span",
      title: "Parts",
      field: "prompt",
      options: [{ value: "thing", text: "thing" }],
    },
  ],
};

let kernel: FakeReviews;
let desk: Mounted;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  kernel = new FakeReviews([
    reviewRecord(0, [answer("ann", { quality: 1 }), answer("bob", { quality: 5 })]),
    reviewRecord(1, [answer("ann", { quality: 2 }), answer("bob", { quality: 3 })]),
    reviewRecord(2, [answer("ann", { quality: 4 }), answer("bob", { quality: 4 })]),
  ]);
});
afterEach(() => {
  desk?.close();
  vi.useRealTimers();
});

const shown = () => desk.at("record").dataset.record;
const columns = () => desk.all("answer").map((each) => each.dataset.key);

describe("answers", () => {
  test("stand side by side, with who and when, and say where they differ", async () => {
    desk = await openReview(kernel);
    expect(shown()).toBe("r0");
    expect(columns()).toEqual(["ann", "bob"]);
    expect(desk.at("answer").querySelector("time")?.dateTime).toBe("2026-11-21T10:00:00+00:00");
    expect(desk.at("compared").dataset.disputed).toBe("true");
    expect(desk.text("progress")).toBe("0 of 3 decided · 2 in dispute");
  });

  test("have letters instead of names where the desk is blind", async () => {
    kernel.blind = true;
    kernel.records[0] = reviewRecord(0, [answer("A", { quality: 1 }, { user: null, at: null })]);
    desk = await openReview(kernel);
    expect(desk.text("answer")).toContain("Annotator A");
    expect(desk.at("answer").querySelector("time")).toBeNull();
  });

  test("are compared word by word where they are texts, until d shows them whole", async () => {
    kernel.spec = ALL;
    kernel.records[0] = reviewRecord(0, [
      answer("ann", { why: "a red fox" }),
      answer("bob", { why: "a grey fox" }),
    ]);
    desk = await openReview(kernel);
    expect(desk.root.querySelector("del")?.textContent).toBe("red");
    expect(desk.root.querySelector("ins")?.textContent).toBe("grey");
    desk.press("d");
    await desk.wait();
    expect(desk.root.querySelector("del, ins")).toBeNull();
    expect(desk.text("answers")).toContain("a grey fox");
  });

  test("are read as markdown where the question says so", async () => {
    kernel.spec = {
      ...SPEC,
      questions: [{ ...MORE, name: "why", type: "text", title: "Why", use_markdown: true }],
    };
    kernel.records = [reviewRecord(0, [answer("ann", { why: "a **bold** word" })])];
    desk = await openReview(kernel);
    expect(desk.at("compared").querySelector("strong")?.textContent).toBe("bold");
  });

  test("draw their spans into the text, in code points", async () => {
    kernel.spec = ALL;
    const spans = [{ start: 2, end: 6, label: "thing" }];
    const record = reviewRecord(0, [answer("ann", { parts: spans })]);
    kernel.records[0] = { ...record, fields: { prompt: "👍 ship it" } };
    desk = await openReview(kernel);
    const mark = desk.at("answers").querySelector<HTMLElement>(".fw-mark");
    expect([mark?.textContent, mark?.dataset.tags]).toEqual(["ship", "thing"]);
  });

  test("and names are text, whatever they hold", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    kernel.spec = ALL;
    kernel.records[0] = {
      ...reviewRecord(0, [answer(evil, { why: evil }, { comment: evil }), answer("bob", { why: "b" })]),
      waiting: [{ by: evil, at: "", about: evil, comment: evil }],
      decided: { why: evil },
      decision: { by: evil, at: "", about: evil, comment: evil },
    };
    kernel.records = [kernel.records[0] as never];
    desk = await openReview(kernel);
    desk.press("ArrowLeft");
    await desk.wait();
    expect(desk.text("waits")).toContain(evil);
    expect(desk.text("decision")).toContain(evil);
    desk.press("s");
    await desk.wait();
    expect(desk.text("sending")).toContain(evil);
    expect(desk.root.querySelector("img")).toBeNull();
  });
});

describe("a key", () => {
  test("adopts an answer; the next record comes once it is written, and only then it says saved", async () => {
    desk = await openReview(kernel);
    kernel.holds = true;
    desk.press("2");
    await desk.wait();
    expect(desk.at("badge").dataset.state).toBe("waiting");
    expect(shown()).toBe("r0");
    kernel.release();
    await desk.wait();
    expect(desk.at("badge").dataset.state).toBe("saved");
    expect(shown()).toBe("r1");
    expect(kernel.records[0]?.decided).toEqual({ quality: 5 });
    expect(kernel.records[0]?.answers).toHaveLength(2);
  });

  test("that bounces, or comes while something is written, decides nothing more", async () => {
    desk = await openReview(kernel);
    desk.press("1", "2");
    await desk.wait();
    desk.press("Held+1");
    await desk.wait();
    expect(kernel.acts()).toHaveLength(1);
    expect(kernel.records[0]?.decided).toEqual({ quality: 1 });
  });

  test("that bounces on the next record, or a second click of a double click, decides nothing there", async () => {
    desk = await openReview(kernel);
    desk.press("1");
    await desk.wait(10);
    expect(shown()).toBe("r1");
    desk.press("1");
    await desk.wait(10);
    await desk.wait(500);
    desk.at("adopt").click();
    await desk.wait(10);
    expect(shown()).toBe("r2");
    desk.at("adopt").click();
    await desk.wait(10);
    expect(kernel.acts()).toHaveLength(2);
  });

  test("takes back once, however often it is pressed before that is written", async () => {
    desk = await openReview(kernel);
    kernel.holds = true;
    desk.press("z", "z");
    await desk.wait();
    expect(kernel.acts()).toHaveLength(1);
  });

  test("that leads elsewhere is not overtaken by what was written, asked for or found meanwhile", async () => {
    desk = await openReview(kernel);
    kernel.holds = true;
    desk.press("1", "ArrowRight");
    await desk.wait();
    desk.press("ArrowRight");
    await desk.wait();
    kernel.release();
    await desk.wait();
    expect(shown()).toBe("r2");
    desk.press("ArrowLeft");
    await desk.wait();
    desk.press("ArrowRight", "ArrowLeft"); // both from r1: the first one leads away
    await desk.wait();
    expect(shown()).toBe("r2");
    desk.press("ArrowLeft");
    await desk.wait(200);
    kernel.push();
    desk.press("2", "ArrowLeft");
    await desk.wait();
    expect(shown()).toBe("r0");
  });

  test("that decides leads back to what was passed over", async () => {
    desk = await openReview(kernel);
    desk.press("ArrowRight");
    await desk.wait(200);
    for (const key of ["1", "2"]) {
      desk.press(key);
      await desk.wait(200);
    }
    expect(shown()).toBe("r0");
  });

  test("undoes the newest act and shows its record again", async () => {
    desk = await openReview(kernel);
    desk.press("1");
    await desk.wait(200);
    desk.press("z");
    await desk.wait();
    expect(shown()).toBe("r0");
    expect(kernel.records[0]?.decision).toBeNull();
    expect(desk.text("notice")).toBe("Taken back.");
    desk.press("z");
    await desk.wait();
    expect(desk.text("notice")).toBe("There is nothing of yours to take back.");
  });

  test("goes to the next and the previous record, decided or not", async () => {
    desk = await openReview(kernel);
    desk.press("1");
    await desk.wait(200);
    desk.press("ArrowLeft");
    await desk.wait();
    expect(shown()).toBe("r0");
    expect(desk.text("decision")).toContain("adopted from ann");
    desk.press("n");
    await desk.wait();
    desk.press("ArrowRight");
    await desk.wait();
    expect(shown()).toBe("r2");
    desk.press("ArrowRight");
    await desk.wait();
    expect(desk.text("notice")).toBe("This is the last record here.");
  });

  test("that decides the last record leaves nothing to do", async () => {
    desk = await openReview(kernel);
    for (const key of ["1", "2", "1"]) {
      desk.press(key);
      await desk.wait(200);
    }
    expect(desk.text("done")).toContain("Nothing is left to decide");
    expect(desk.text("progress")).toContain("3 of 3 decided");
  });

  test("shows the sheet, whose every row has its words; under it nothing is decided", async () => {
    desk = await openReview(kernel);
    desk.press("?");
    await desk.wait();
    expect(desk.text("panel")).toContain("Adopt the answer in this column");
    desk.press("1");
    await desk.wait();
    expect(kernel.acts()).toEqual([]);
    for (const { id, shown } of KEYS)
      if (shown.length) expect(en, id).toHaveProperty([OWN_ROWS.has(id) ? `review.key.${id}` : `key.${id}`]);
  });
});

describe("one's own decision", () => {
  test("is made with the questions of the form, and written on Enter", async () => {
    desk = await openReview(kernel);
    desk.press("e", "3");
    await desk.wait();
    expect(kernel.acts()).toEqual([]);
    desk.press("Ctrl+Enter");
    await desk.wait();
    expect(kernel.records[0]?.decided).toEqual({ quality: 3 });
    expect(shown()).toBe("r1");
  });

  test("begins with what all say alike", () => {
    const record = reviewRecord(0, [
      answer("ann", { quality: 1, why: "same" }),
      answer("bob", { quality: 2, why: "same" }),
      answer("cem", { quality: 9 }, { status: "discarded" }),
    ]);
    expect(agreed(record)).toEqual({ why: "same" });
  });

  test("begins in the form with what all say alike", async () => {
    kernel.records = [reviewRecord(0, [answer("ann", { quality: 4 }), answer("bob", { quality: 4 })])];
    desk = await openReview(kernel);
    desk.press("e");
    await desk.wait();
    expect(desk.root.querySelector("[data-fw=option][aria-checked=true]")?.getAttribute("data-value")).toBe(
      "4",
    );
  });

  test("has its keys to itself: none goes on, sends back or takes back, and Esc closes the sheet before it", async () => {
    desk = await openReview(kernel);
    const [before] = desk.press("Ctrl+m");
    expect(before?.defaultPrevented).toBe(false);
    desk.press("e", "3", "s", "z", "ArrowRight", "?");
    await desk.wait();
    desk.press("Escape");
    await desk.wait();
    expect([desk.all("panel"), desk.all("sending"), kernel.acts(), shown()]).toEqual([[], [], [], "r0"]);
    expect(desk.root.querySelector("[data-fw=option][aria-checked=true]")?.getAttribute("data-value")).toBe(
      "3",
    );
    const [comment] = desk.press("Ctrl+m");
    expect(comment?.defaultPrevented).toBe(true);
  });

  test("holds no answer to a question that it leaves unasked", async () => {
    const why = { ...MORE, name: "why", type: "text", title: "Why", use_markdown: false };
    kernel.spec = { ...SPEC, questions: [...SPEC.questions, { ...why, show_if: { quality: [1] } }] };
    const said = { quality: 1, why: "same" };
    kernel.records = [reviewRecord(0, [answer("ann", said), answer("bob", said)])];
    desk = await openReview(kernel);
    desk.press("e", "3", "Ctrl+Enter");
    await desk.wait();
    expect(kernel.acts()[0]?.values).toEqual({ quality: 3 });
  });

  test("is all that can be changed: a text on show is not marked by whoever only looks", () => {
    const view = new ReviewView({} as Link);
    view.current.value = kernel.records[0] ?? null;
    view.set("quality", 3);
    expect(view.values.value).toEqual({});
    view.edit();
    view.set("quality", 3);
    expect(view.values.value).toEqual({ quality: 3 });
  });

  test("that is not finished is not sent, and says why", async () => {
    desk = await openReview(kernel);
    desk.press("e", "Enter");
    await desk.wait();
    expect(desk.text("notice")).toContain("“Quality”");
    expect(kernel.acts()).toEqual([]);
  });

  test("is forgotten on Escape", async () => {
    desk = await openReview(kernel);
    desk.press("e", "3", "Escape");
    await desk.wait();
    expect(desk.all("editing")).toEqual([]);
    desk.press("e");
    await desk.wait();
    expect(desk.root.querySelector("[data-fw=option][aria-checked=true]")).toBeNull();
  });

  test("that the kernel refuses stays in hand, with the reason", async () => {
    kernel.refuses = "rita may not review this dataset";
    desk = await openReview(kernel);
    desk.press("e", "3", "Enter");
    await desk.wait();
    expect(desk.text("notice")).toBe("rita may not review this dataset");
    expect(desk.all("editing")).toHaveLength(1);
  });
});

describe("sending back", () => {
  test("is one thing, deciding another", async () => {
    desk = await openReview(kernel);
    desk.press("s", "e");
    await desk.wait();
    expect([desk.all("sending").length, desk.all("editing").length]).toEqual([1, 0]);
  });

  test("asks to whom, then why", async () => {
    desk = await openReview(kernel);
    desk.press("s", "Enter");
    await desk.wait();
    expect(kernel.acts()).toEqual([]);
    desk.press("2");
    await desk.wait();
    const box = desk.at("words") as HTMLTextAreaElement;
    expect(document.activeElement).toBe(box);
    box.value = "listen again";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    desk.press("Ctrl+Enter");
    await desk.wait(200);
    expect(kernel.acts()[0]).toMatchObject({ kind: "send_back", answer: "bob", comment: "listen again" });
    expect(shown()).toBe("r1");
    desk.press("ArrowLeft");
    await desk.wait();
    expect(desk.text("waits")).toContain("Sent back to bob");
    expect(columns()).toEqual(["ann"]);
  });
});

describe("what a page was not answered", () => {
  const again = async () => {
    desk.close();
    kernel.requests = [];
    kernel.holds = false;
    desk = await openReview(kernel);
    await vi.advanceTimersByTimeAsync(10);
  };

  test("is told once more by the page that is loaded after it, as the same act", async () => {
    desk = await openReview(kernel);
    kernel.holds = true;
    desk.press("2");
    const [told] = kernel.acts();
    await again();
    expect(kernel.acts().map(({ event }) => event)).toEqual([told?.event]);
    expect(kernel.records[0]?.decided).toEqual({ quality: 5 });
    expect(shown()).toBe("r1");
    expect(desk.at("badge").dataset.state).toBe("saved");
  });

  test("is not told again once it was, nor by another reviewer's page", async () => {
    desk = await openReview(kernel);
    localStorage.setItem("feedback_widgets/review/d/otto/e1", '{"kind":"adopt","body":{"event":"e1"}}');
    desk.press("2");
    await vi.advanceTimersByTimeAsync(10);
    await again();
    expect(kernel.acts()).toEqual([]);
  });

  test("may be taken back, too", async () => {
    desk = await openReview(kernel);
    desk.press("2");
    await vi.advanceTimersByTimeAsync(1000);
    kernel.holds = true;
    desk.press("z");
    await again();
    expect(kernel.records[0]?.decision).toBeNull();
    expect(shown()).toBe("r0");
  });

  test("is said, where the kernel does not want it any more", async () => {
    desk = await openReview(kernel);
    kernel.holds = true;
    desk.press("2");
    kernel.refuses = "somebody else was quicker";
    await again();
    expect(desk.text("notice")).toBe("somebody else was quicker");
    await again();
    expect(kernel.acts()).toEqual([]);
  });

  test("is told all the same where the browser keeps nothing", async () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    desk = await openReview(kernel);
    desk.press("2");
    await vi.advanceTimersByTimeAsync(10);
    vi.restoreAllMocks();
    expect(kernel.records[0]?.decided).toEqual({ quality: 5 });
  });
});

test("who is not let in is told why", async () => {
  kernel.shut = "rita may not review this dataset";
  desk = await openReview(kernel);
  expect(desk.root.textContent).toContain("rita may not review this dataset");
  expect(desk.at("badge").dataset.state).toBe("refused");
});

describe("news", () => {
  test("of the record on show are drawn, and what is in hand stays", async () => {
    desk = await openReview(kernel);
    desk.press("e", "3");
    const more = reviewRecord(0, [...(kernel.records[0]?.answers ?? []), answer("cem", { quality: 2 })]);
    kernel.records[0] = more;
    kernel.push(more);
    await desk.wait();
    expect(columns()).toEqual(["ann", "bob", "cem"]);
    desk.press("Enter");
    await desk.wait();
    expect(kernel.records[0]?.decided).toEqual({ quality: 3 });
  });

  test("that do not name the record on show have it looked at again", async () => {
    desk = await openReview(kernel);
    kernel.records[0]?.answers.push(answer("cem", { quality: 2 }));
    kernel.pushMore();
    await desk.wait();
    expect(columns()).toEqual(["ann", "bob", "cem"]);
  });

  test("of a record that was left meanwhile do not bring it back", async () => {
    desk = await openReview(kernel);
    desk.press("ArrowRight");
    kernel.pushMore();
    await desk.wait();
    expect(shown()).toBe("r1");
  });

  test("open an empty desk", async () => {
    const waiting = kernel.records;
    kernel.records = [];
    desk = await openReview(kernel);
    expect(desk.text("done")).toContain("Nobody has answered yet");
    kernel.records = waiting;
    kernel.push();
    await desk.wait();
    expect(shown()).toBe("r0");
  });

  test("of a decision by somebody else are not overtaken by what was asked for before", async () => {
    desk = await openReview(kernel);
    const second = kernel.records[1] as (typeof kernel.records)[0];
    second.decision = { by: "ron", at: "", about: null, comment: null };
    kernel.push(second);
    desk.press("1");
    await desk.wait();
    expect(shown()).toBe("r2");
  });
});

test.each([
  ["answers", []],
  ["one's own decision", ["e"]],
  ["sending back", ["s"]],
  ["the sheet", ["?"]],
])(
  "axe finds nothing against %s",
  async (_what, keys) => {
    kernel.spec = ALL;
    desk = await openReview(kernel);
    desk.press(...keys);
    await desk.wait();
    vi.useRealTimers(); // axe waits by timers of its own
    const { violations } = await axe.run(desk.root, {
      rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
    });
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    expect(found).toEqual([]);
  },
  60_000,
); // axe takes its time where the machine is busy
