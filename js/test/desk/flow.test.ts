import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pace, paceInWords } from "../../src/desk/pace.ts";
import type { Spec } from "../../src/wire.ts";
import { FakeKernel, FakeModel, SPEC } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const NOTE: Spec = {
  ...SPEC,
  questions: [
    ...SPEC.questions,
    { name: "note", type: "text", title: "Note", description: null, required: false, use_markdown: false },
  ],
};

const desks: Opened[] = [];
async function open(...given: Parameters<typeof openDesk>): Promise<Opened> {
  const desk = await openDesk(...given);
  desks.push(desk);
  return desk;
}
const tab = (desk: Opened, queue: string) =>
  desk.all("queue").find((each) => each.dataset.queue === queue) as HTMLElement;
const shown = (desk: Opened) => desk.at("record").dataset.record;

beforeEach(() => {
  vi.useFakeTimers();
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
});
afterEach(() => {
  for (const desk of desks.splice(0)) desk.close();
  vi.useRealTimers();
});

/** Answer the first records with 3, and discard the third. */
async function answerThree(desk: Opened): Promise<void> {
  for (const key of ["3", "3", "Backspace"]) {
    desk.press(key);
    await desk.wait(150);
  }
}

describe("queues", () => {
  test("the tabs count, and a queue is walked through in the order of its records", async () => {
    const desk = await open();
    await answerThree(desk);
    expect(desk.all("queue").map((each) => each.textContent)).toEqual([
      "Pending 47",
      "Drafts 0",
      "Submitted 2",
      "Discarded 1",
    ]);
    desk.press("Alt+3");
    await desk.wait();
    expect(shown(desk)).toBe("r0");
    expect(tab(desk, "submitted").getAttribute("aria-pressed")).toBe("true");
    desk.press("ArrowRight");
    await desk.wait();
    expect(shown(desk)).toBe("r1");
    desk.press("Alt+1");
    await desk.wait();
    expect(shown(desk)).toBe("r3");
  });

  test("a queue is asked for once what was answered before has been saved", async () => {
    const desk = await open();
    const asked = () => desk.model.sent.filter(({ queue }) => queue === "submitted").length;
    desk.model.traps.hold = true;
    desk.press("3", "Alt+3");
    await desk.wait(100);
    expect(asked()).toBe(0);
    desk.model.release();
    await desk.wait(100);
    expect(asked()).toBe(1);
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("a changed answer is submitted again with Enter, and the next of the queue is shown", async () => {
    const desk = await open(new FakeKernel({ spec: NOTE }));
    await answerThree(desk);
    desk.press("Alt+3");
    await desk.wait();
    desk.press("5", "Enter");
    await desk.wait();
    expect(desk.kernel.current("r0")?.values).toEqual({ quality: 5 });
  });

  test("the end of a queue and an empty queue say so, and lead back to the work", async () => {
    const desk = await open();
    desk.press("Alt+2");
    await desk.wait();
    expect(desk.text("queue-end")).toContain("No drafts");
    desk.at("go-on").click();
    await desk.wait();
    expect(shown(desk)).toBe("r0");
  });

  test("a queue longer than a window is walked to its end", async () => {
    const kernel = new FakeKernel({ count: 60 });
    for (let at = 0; at < 45; at += 1) {
      const answer = {
        event: `e${at}`,
        record: `r${at}`,
        status: "submitted" as const,
        values: { quality: 1 },
      };
      kernel.log.push({ ...answer, started: null, duration_ms: null, shown: { suggestions: [] } });
    }
    const desk = await open(kernel);
    desk.press("Alt+3");
    await desk.wait();
    for (let at = 0; at < 44; at += 1) {
      desk.press("ArrowRight");
      await desk.wait(5);
    }
    expect(shown(desk)).toBe("r44");
  });

  test("leaving a changed submitted answer says that it is not submitted, and keeps it", async () => {
    const desk = await open(new FakeKernel({ spec: NOTE }), undefined);
    desk.press("3", "Enter");
    await desk.wait(150);
    desk.press("ArrowLeft");
    await desk.wait();
    const box = desk.at("text") as HTMLTextAreaElement;
    box.value = "hm";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    desk.root.focus();
    desk.press("ArrowRight");
    await desk.wait(2000);
    expect(desk.text("notice")).toContain("You did not submit your change to record 1");
    desk.press("ArrowLeft");
    await desk.wait();
    expect((desk.at("text") as HTMLTextAreaElement).value).toBe("hm");
    expect(desk.kernel.log).toHaveLength(1);
  });

  test("a desk opens in the queue it was asked to open", async () => {
    const kernel = new FakeKernel();
    kernel.layout = { queue: "draft", compact: true, height: "420px" };
    const desk = await open(kernel);
    expect(desk.text("queue-end")).toContain("No drafts");
    expect(desk.root.hasAttribute("data-compact")).toBe(true);
    expect(desk.root.style.getPropertyValue("--fw-height")).toBe("420px");
  });
});

describe("going and skipping", () => {
  test("a number in the field goes to that record, and a wrong one is told the range", async () => {
    const desk = await open();
    const field = desk.at("goto") as HTMLInputElement;
    desk.press("Ctrl+g");
    field.focus();
    field.value = "42";
    desk.press("Enter");
    await desk.wait();
    expect(shown(desk)).toBe("r41");
    field.focus();
    field.value = "51";
    desk.press("Enter");
    await desk.wait();
    expect(desk.text("notice")).toContain("give a number from 1 to 50");
    expect(shown(desk)).toBe("r41");
  });

  test("a skipped record comes again when nothing else is left", async () => {
    const desk = await open(new FakeKernel({ count: 3 }));
    desk.press("Shift+ArrowRight");
    await desk.wait(150);
    expect(shown(desk)).toBe("r1");
    desk.press("3");
    await desk.wait(150);
    desk.press("4");
    await desk.wait(150);
    expect(shown(desk)).toBe("r0");
    expect(desk.kernel.status("r0")).toBe("pending");
    desk.press("5");
    await desk.wait();
    expect(desk.at("done").textContent).toContain("All done");
  });
});

describe("taking back", () => {
  test("Shift+z lets an answer that was taken back stand again", async () => {
    const desk = await open();
    desk.press("3");
    await desk.wait(150);
    desk.press("z");
    await desk.wait();
    expect(desk.kernel.status("r0")).toBe("pending");
    desk.press("Shift+Z");
    await desk.wait();
    expect(desk.kernel.status("r0")).toBe("submitted");
    expect(desk.text("notice")).toContain("The answer to record 1 stands again.");
    expect(shown(desk)).toBe("r1");
  });

  test("without an undo there is nothing to redo", async () => {
    const desk = await open();
    desk.press("Shift+Z");
    await desk.wait();
    expect(desk.text("notice")).toBe("There is nothing to redo.");
  });
});

describe("comments", () => {
  test("a remark is saved with a draft, submitted with the answer, and brought back", async () => {
    const desk = await open();
    desk.press("Ctrl+m");
    await desk.wait();
    const box = desk.at("comment") as HTMLTextAreaElement;
    expect(document.activeElement).toBe(box);
    box.value = "odd one";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    await desk.wait(2000);
    expect(desk.kernel.current("r0")).toMatchObject({ status: "draft", comment: "odd one" });
    desk.root.focus();
    desk.press("3");
    await desk.wait(150);
    expect(desk.kernel.current("r0")).toMatchObject({ status: "submitted", comment: "odd one" });
    expect(desk.all("comment")).toHaveLength(0);
    desk.press("ArrowLeft");
    await desk.wait();
    expect((desk.at("comment") as HTMLTextAreaElement).value).toBe("odd one");
  });
});

describe("suggestions", () => {
  const suggestion = { value: 4, score: 0.8, agent: "one" };

  test("a key accepts what is suggested, of the model that was chosen", async () => {
    const kernel = new FakeKernel();
    const [first] = kernel.records;
    if (first) first.suggestions = { quality: [suggestion, { value: 2, score: null, agent: "two" }] };
    const desk = await open(kernel);
    expect(desk.all("agent").map((each) => each.textContent)).toEqual(["one (0.80)", "two"]);
    desk.all("agent")[1]?.click();
    await desk.wait();
    desk.root.focus();
    desk.press(",");
    await desk.wait(150);
    expect(kernel.current("r0")).toMatchObject({ status: "submitted", values: { quality: 2 } });
    desk.press(",");
    await desk.wait();
    expect(desk.text("notice")).toBe("Nothing is suggested for this question.");
  });

  test("one key accepts everything and submits", async () => {
    const kernel = new FakeKernel({ spec: NOTE });
    const [first] = kernel.records;
    const note = [{ value: "so", score: null, agent: null }];
    if (first) first.suggestions = { quality: [suggestion], note };
    const desk = await open(kernel);
    desk.press("Alt+Enter");
    await desk.wait();
    expect(kernel.current("r0")).toMatchObject({ status: "submitted", values: { quality: 4, note: "so" } });
  });

  test("suggestions that wait for an answer are shown on submit, and both answers are kept", async () => {
    const kernel = new FakeKernel();
    const [first] = kernel.records;
    if (first) first.later = { quality: [suggestion] };
    const desk = await open(kernel);
    expect(desk.all("suggested")).toHaveLength(0);
    desk.press("3");
    await desk.wait(150);
    expect(shown(desk)).toBe("r0");
    expect(desk.text("suggested")).toContain("one (0.80)");
    const both = { suggestions: ["quality"], before: { quality: 3 } };
    expect(kernel.current("r0")).toMatchObject({ status: "draft", values: { quality: 3 }, shown: both });
    desk.press("4");
    await desk.wait();
    expect(kernel.current("r0")).toMatchObject({ status: "submitted", values: { quality: 4 }, shown: both });
    expect(shown(desk)).toBe("r1");
  });
});

describe("pace and summary", () => {
  test("the pace is told after five records, leaves long gaps out, and looks at the newest", () => {
    const pace = new Pace();
    for (const ms of [9000, 2000, 2000, 2000]) {
      pace.begin();
      vi.advanceTimersByTime(ms);
      pace.finish("submitted");
    }
    expect(pace.seconds).toBeNull();
    pace.begin();
    vi.advanceTimersByTime(130_000);
    pace.touch();
    vi.advanceTimersByTime(1000);
    pace.finish("submitted");
    expect(pace.times.value.at(-1)).toBe(1000);
    expect(pace.seconds).toBe(2);
    expect(paceInWords(2.13, 340)).toBe("2.1 s a record, about 12 minutes left");
    expect(paceInWords(2, 10)).toBe("2.0 s a record, less than a minute left");
  });

  test("a key shows what this session came to", async () => {
    const desk = await open();
    await answerThree(desk);
    desk.press("Alt+5");
    await desk.wait();
    expect(desk.text("summary-text")).toContain("Submitted2");
    expect(desk.text("summary-text")).toContain("Discarded1");
  });
});

describe("the way to the kernel", () => {
  interface Connection {
    status: string;
    connectionStatus: string;
    commsOverSubshells: string;
  }
  function inLab(model: FakeModel): Connection {
    const kernel = { status: "idle", connectionStatus: "connected", commsOverSubshells: "perCommTarget" };
    const proxy = model.proxy.bind(model);
    model.proxy = () => Object.assign(proxy(), { widget_manager: { kernel } });
    return kernel;
  }

  test("a lost connection and a running cell are said in words, with what waits", async () => {
    const kernel = new FakeKernel();
    const model = new FakeModel(kernel);
    const host = inLab(model);
    const desk = await open(kernel, model);
    model.traps.silent = true;
    host.connectionStatus = "connecting";
    desk.press("3");
    await desk.wait(3000);
    expect(desk.text("badge")).toContain("The connection to the server is lost. Go on: 1 answer waits here.");
    host.connectionStatus = "connected";
    host.status = "busy";
    await desk.wait(1100);
    expect(desk.text("badge")).toContain("A cell is running, and the kernel answers when it is done.");
  });

  test("an idle kernel that does not answer gets a new channel once, and the desk goes on", async () => {
    const kernel = new FakeKernel();
    const model = new FakeModel(kernel);
    const host = inLab(model);
    model.traps.silent = true;
    const kinds: string[] = [];
    Object.defineProperty(host, "commsOverSubshells", {
      get: () => kinds.at(-1) ?? "perCommTarget",
      set: (kind: string) => {
        kinds.push(kind);
        if (kind === "perCommTarget") model.traps.silent = false;
      },
    });
    const desk = await open(kernel, model);
    await desk.wait(9000);
    expect(kinds).toEqual(["disabled", "perCommTarget"]);
    expect(shown(desk)).toBe("r0");
  });

  test("a form that has grown is taken over at once, without losing what was typed", async () => {
    const desk = await open(new FakeKernel({ spec: NOTE }));
    const box = desk.at("text") as HTMLTextAreaElement;
    box.value = "begun";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    const more = { ...SPEC.questions[0], name: "care", title: "Care", required: false };
    const spec = { ...NOTE, version: 2, questions: [...NOTE.questions, more] };
    desk.model.receive({ v: 1, client: "*", rid: "", kind: "form", spec });
    await desk.wait();
    expect(desk.all("question").map((each) => each.dataset.name)).toEqual(["quality", "note", "care"]);
    expect((desk.at("text") as HTMLTextAreaElement).value).toBe("begun");
  });
});
