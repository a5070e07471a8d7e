import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Spec } from "../../src/wire.ts";
import { FakeKernel, FakeModel, SPEC } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const TWO: Spec = {
  ...SPEC,
  questions: [
    ...SPEC.questions,
    { name: "note", type: "text", title: "Note", description: null, required: true, use_markdown: false },
  ],
};

const PUSH = { v: 1, client: "*", rid: "", kind: "progress", views: [], more: false, undoable: false };
const desks: Opened[] = [];
async function open(...given: Parameters<typeof openDesk>): Promise<Opened> {
  const desk = await openDesk(...given);
  desks.push(desk);
  return desk;
}

beforeEach(() => {
  vi.useFakeTimers();
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
});
afterEach(() => {
  for (const desk of desks.splice(0)) desk.close();
  vi.useRealTimers();
});

describe("mount", () => {
  test("says hello at once and shows the first record", async () => {
    const desk = await open();
    expect(desk.model.sent[0]).toMatchObject({ v: 1, seq: 1, kind: "hello", pending: [] });
    expect(desk.at("record").dataset).toMatchObject({ record: "r0", index: "0" });
    expect(desk.at("badge").dataset.state).toBe("saved");
  });

  test("says hello every two seconds until the kernel answers", async () => {
    const model = new FakeModel(new FakeKernel());
    model.traps.silent = true;
    const desk = await open(new FakeKernel(), model);
    await desk.wait(6100);
    expect(model.sent.map((message) => message.kind)).toEqual(["hello", "hello", "hello", "hello"]);
    expect(desk.at("badge").dataset.state).toBe("connecting");
    model.traps.silent = false;
    await desk.wait(2000);
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("the next record is shown from its beginning, however far the last one was scrolled", async () => {
    const desk = await open();
    const pane = desk.at("record").querySelector<HTMLElement>(".fw-scroll");
    if (!pane) throw new Error("the record has no pane");
    pane.scrollTop = 300;
    pane.dispatchEvent(new Event("scroll"));
    desk.press("3");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r1");
    expect(pane.scrollTop).toBe(0);
  });

  test("a kernel that answers everything twice changes nothing", async () => {
    const kernel = new FakeKernel();
    const model = new FakeModel(kernel);
    model.traps.twice = true;
    const desk = await open(kernel, model);
    desk.press("3");
    await desk.wait();
    expect(kernel.log).toHaveLength(1);
    expect(desk.text("progress")).toContain("1 of 50 submitted");
  });

  test("messages for another page are not heard", async () => {
    const desk = await open();
    desk.model.receive({
      v: 1,
      client: "somebody",
      rid: "",
      kind: "progress",
      progress: { total: 9 },
      views: [],
    });
    desk.model.receive({ ...PUSH, v: 2, progress: { total: 9 } });
    await desk.wait();
    expect(desk.text("progress")).toContain("of 50");
    desk.model.receive({ ...PUSH, progress: { ...desk.kernel.counts().progress, total: 60 } });
    await desk.wait();
    expect(desk.text("progress")).toContain("of 60");
  });

  test("a late second welcome takes nothing back", async () => {
    const kernel = new FakeKernel();
    const model = new FakeModel(kernel);
    let welcome: object = {};
    model.proxy().on("msg:custom", (content) => {
      if ((content as { kind: string }).kind === "welcome") welcome = content as object;
    });
    const desk = await open(kernel, model);
    desk.press("3");
    await desk.wait();
    model.receive({ ...welcome });
    await desk.wait();
    expect(desk.text("progress")).toContain("1 of 50 submitted");
  });

  test("a browser that never opens its storage does not hold the desk up", async () => {
    vi.stubGlobal("indexedDB", { open: () => ({}) });
    const desk = await openDesk();
    desks.push(desk);
    await desk.wait(400);
    vi.unstubAllGlobals();
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("a desk that is closed asks for nothing any more", async () => {
    const kernel = new FakeKernel();
    const model = new FakeModel(kernel);
    model.traps.silent = true;
    const desk = await openDesk(kernel, model);
    desk.close();
    const { length } = model.sent;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(model.sent).toHaveLength(length);
    expect(vi.getTimerCount()).toBe(0); // and waits for nothing
  });
});

describe("saving", () => {
  test("the next record is there before the kernel has heard of the answer", async () => {
    const desk = await open();
    desk.press("3");
    await Promise.resolve();
    expect(desk.at("record").dataset.record).toBe("r1");
    expect(desk.at("badge").dataset.state).toBe("waiting");
    expect(desk.kernel.log).toHaveLength(0);
    await desk.wait();
    expect(desk.kernel.log[0]).toMatchObject({ record: "r0", status: "submitted", values: { quality: 3 } });
    expect(desk.text("badge")).toContain("Saved ✓");
  });

  test("an answer that a killed kernel swallowed waits, says so, and arrives", async () => {
    const desk = await open();
    desk.model.traps.silent = true;
    desk.press("3");
    await desk.wait(2100);
    expect(desk.text("badge")).toContain("1 waiting · kernel is busy or gone");
    expect(desk.text("progress")).toContain("1 of 50 submitted");
    desk.model.traps.silent = false;
    await desk.wait(4100);
    expect(desk.kernel.log).toHaveLength(1);
    expect(desk.at("badge").dataset.state).toBe("saved");
  });

  test("after a kernel restart and a re-run the new desk delivers what the old one could not", async () => {
    const desk = await open();
    desk.model.traps.dead = true;
    desk.press("3");
    await desk.wait();
    desk.press("4");
    await desk.wait(500);
    const again = await open(desk.kernel);
    expect(desk.kernel.log.map((event) => event.record)).toEqual(["r0", "r1"]);
    const responds = again.model.sent.filter((message) => message.kind === "respond");
    expect(responds).toHaveLength(1);
    expect(again.at("record").dataset.record).toBe("r2");
  });

  test("a new desk sends nothing that the kernel has stored already", async () => {
    const kernel = new FakeKernel();
    const first = await openDesk(kernel);
    first.model.traps.hold = true; // stored, and the word of it never comes
    first.press("3");
    await first.wait();
    first.close();
    const desk = await open(kernel);
    expect(desk.at("badge").dataset.state).toBe("saved");
    expect(desk.model.sent.filter(({ kind }) => kind === "respond")).toEqual([]);
    expect(kernel.log).toHaveLength(1);
  });

  test("a host that hides the key finds the same outbox by the kernel's words", async () => {
    const kernel = new FakeKernel();
    const desk = await open(kernel, new FakeModel(kernel, ""));
    desk.model.traps.silent = true;
    desk.press("3");
    await desk.wait();
    const again = await open(kernel, new FakeModel(kernel, ""));
    expect(kernel.log.map((event) => event.record)).toEqual(["r0"]);
    expect(again.at("record").dataset.record).toBe("r1");
  });

  test("a dataset in memory is never called saved", async () => {
    const kernel = new FakeKernel();
    kernel.durable = false;
    const desk = await open(kernel);
    desk.press("3");
    await desk.wait();
    expect(desk.at("badge").dataset.state).toBe("memory");
    expect(desk.text("badge")).not.toContain("Saved");
    expect(desk.at("badge").title).toContain("dataset.save(");
  });

  test("a refused answer is shown with the reason and can be mended", async () => {
    const kernel = new FakeKernel();
    kernel.refuses = (event) => (event.values.quality === 3 ? "three is not liked" : null);
    const desk = await open(kernel);
    desk.press("3");
    await desk.wait();
    expect(desk.text("badge")).toContain("Refused: three is not liked");
    desk.at("mend").click();
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
    desk.press("4");
    await desk.wait();
    expect(kernel.log.map((event) => event.values)).toEqual([{ quality: 4 }]);
    expect(desk.at("badge").dataset.state).toBe("saved");
  });

  test("counts that arrive late do not count backwards", async () => {
    const desk = await open();
    desk.model.traps.hold = true;
    desk.press("3");
    await desk.wait(130);
    desk.press("4");
    await desk.wait();
    desk.model.release();
    await desk.wait();
    expect(desk.text("progress")).toContain("2 of 50 submitted");
  });
});

describe("the way through the records", () => {
  test("all records are answered in order, fetched ahead, and then it says so", async () => {
    const desk = await open(new FakeKernel({ count: 45 }));
    for (let at = 0; at < 45; at += 1) {
      expect(desk.at("record").dataset.index).toBe(String(at));
      desk.press(String((at % 5) + 1));
      await desk.wait(at % 5 === 0 ? 130 : 5);
    }
    await desk.wait();
    expect(desk.text("done")).toContain("45 of 45 submitted");
    expect(desk.kernel.log).toHaveLength(45);
  });

  test("skipped records come again at the end", async () => {
    const desk = await open(new FakeKernel({ count: 3 }));
    desk.press("ArrowRight", "2");
    await desk.wait();
    desk.press("3");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("going back shows the answer; changing it appends another and returns to the first unanswered record", async () => {
    const desk = await open();
    desk.press("2");
    await desk.wait(130);
    desk.press("3");
    await desk.wait(130);
    desk.press("ArrowLeft");
    await desk.wait();
    desk.press("ArrowLeft");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
    expect(desk.all("option").map((option) => option.getAttribute("aria-checked"))).toContain("true");
    desk.press("5");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r2");
    expect(desk.kernel.log.map((event) => event.values.quality)).toEqual([2, 3, 5]);
  });

  test("submitting the same answer again writes nothing and goes on", async () => {
    const desk = await open();
    desk.press("2");
    await desk.wait(130);
    desk.press("ArrowLeft", "2");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r1");
    expect(desk.kernel.log).toHaveLength(1);
  });

  test("a page opened in the middle can look back at what was answered before", async () => {
    const kernel = new FakeKernel();
    const first = await open(kernel);
    first.press("2");
    await first.wait();
    first.close();
    const desk = await open(kernel);
    expect(desk.at("record").dataset.record).toBe("r1");
    desk.press("ArrowLeft");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("answers from elsewhere are taken in", async () => {
    const desk = await open();
    const view = {
      ...desk.kernel.view(desk.kernel.records[1] as never),
      response: { status: "submitted", values: { quality: 1 } },
    };
    const { progress } = desk.kernel.counts();
    const pushed = { ...progress, pending: 49, submitted: 1 };
    desk.model.receive({
      v: 1,
      client: "*",
      rid: "",
      kind: "progress",
      progress: pushed,
      views: [view],
      undoable: true,
    });
    desk.press("3");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r2");
  });
});

describe("drafts", () => {
  async function type(desk: Opened, text: string): Promise<void> {
    const box = desk.at("text") as HTMLTextAreaElement;
    box.focus();
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.resolve();
  }

  test("typed text becomes a draft after a pause, and comes back with the record", async () => {
    const desk = await open(new FakeKernel({ spec: TWO }));
    await type(desk, "so-so");
    await desk.wait(1000);
    expect(desk.kernel.log).toHaveLength(0);
    await desk.wait(700);
    expect(desk.kernel.log).toMatchObject([{ status: "draft", values: { note: "so-so" } }]);
    const again = await open(desk.kernel);
    expect((again.at("text") as HTMLTextAreaElement).value).toBe("so-so");
    expect(again.text("progress")).toContain("1 draft");
  });

  test("leaving the box or the record saves the draft at once; nothing changed saves nothing", async () => {
    const desk = await open(new FakeKernel({ spec: TWO }));
    await type(desk, "one");
    desk.press("Escape");
    await desk.wait();
    expect(desk.kernel.log).toHaveLength(1);
    desk.press("ArrowRight");
    await desk.wait(2000);
    expect(desk.kernel.log).toHaveLength(1);
    desk.press("4", "ArrowLeft");
    await desk.wait();
    expect(desk.kernel.log.map((event) => event.record)).toEqual(["r0", "r1"]);
  });

  test.each(["hidden", "closed"])("what was just typed is saved when the page is %s", async (how) => {
    const desk = await open(new FakeKernel({ spec: TWO }));
    await type(desk, "half");
    if (how === "hidden") dispatchEvent(new Event("pagehide"));
    else desk.close();
    await vi.advanceTimersByTimeAsync(5);
    expect(desk.kernel.log).toMatchObject([{ status: "draft", values: { note: "half" } }]);
  });

  test("Ctrl+S saves a draft at once, while typing too", async () => {
    const desk = await open(new FakeKernel({ spec: TWO }));
    await type(desk, "mine");
    const [event] = desk.press("Ctrl+s");
    await desk.wait();
    expect(event?.defaultPrevented).toBe(true);
    expect(desk.kernel.status("r0")).toBe("draft");
  });

  test("a submitted answer is not unmade by half a change", async () => {
    const desk = await open(new FakeKernel({ spec: TWO }));
    desk.press("4");
    await type(desk, "good");
    desk.press("Ctrl+Enter");
    await desk.wait();
    desk.press("ArrowLeft");
    await desk.wait();
    await type(desk, "goo");
    desk.press("Escape", "ArrowRight");
    await desk.wait(3000);
    expect(desk.kernel.status("r0")).toBe("submitted");
    desk.press("ArrowLeft");
    await desk.wait();
    expect((desk.at("text") as HTMLTextAreaElement).value).toBe("goo");
  });

  test("two views of one model keep their own place and share what they save", async () => {
    const kernel = new FakeKernel({ spec: TWO });
    const model = new FakeModel(kernel);
    const one = await open(kernel, model);
    const other = await open(kernel, model);
    expect(model.sent.filter((message) => message.kind === "hello")).toHaveLength(1);
    other.press("ArrowRight");
    await other.wait();
    expect([one.at("record").dataset.record, other.at("record").dataset.record]).toEqual(["r0", "r1"]);
    one.close(); // its model object goes deaf with it
    other.press("4");
    await type(other, "still heard");
    other.press("Ctrl+Enter");
    await other.wait();
    expect(other.at("badge").dataset.state).toBe("saved");
  });
});

describe("undo", () => {
  test("takes back the newest answer once it is saved, and offers it for mending", async () => {
    const desk = await open();
    desk.press("3", "z");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
    expect(desk.all("option")[2]?.getAttribute("aria-checked")).toBe("true");
    expect(desk.kernel.status("r0")).toBe("pending");
    desk.press("ArrowRight");
    await desk.wait(2000);
    expect(desk.kernel.log).toHaveLength(2);
  });

  test.each([
    ["undo", "z", 1],
    ["redo", "Shift+z", 2],
  ])(
    "%s waits until what was answered before has been saved, and is asked for once at a time",
    async (kind, key, taken) => {
      const desk = await open();
      desk.press("3", "4");
      await desk.wait(300);
      for (let back = 0; back < taken; back += 1) desk.press("z");
      await desk.wait(100);
      const asked = () => desk.model.sent.filter((message) => message.kind === kind).length;
      const before = asked();
      desk.press("ArrowRight");
      await desk.wait();
      desk.model.traps.hold = true;
      desk.press("5");
      await desk.wait(300);
      desk.press(key, key);
      await desk.wait();
      expect(asked() - before).toBe(0);
      desk.model.release();
      desk.model.traps.hold = true;
      await desk.wait();
      expect(asked() - before).toBe(1);
      desk.model.release();
      await desk.wait();
      expect(asked() - before).toBe(2);
    },
  );

  test("from a record that is answered itself offers what was taken back, not what was on show", async () => {
    const desk = await open();
    desk.press("3", "4");
    await desk.wait(300);
    desk.press("ArrowLeft");
    await desk.wait();
    desk.press("ArrowLeft");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
    desk.press("z");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r1");
    expect(desk.all("option")[3]?.getAttribute("aria-checked")).toBe("true");
  });

  test("is asked for again while the store cannot be read for a moment", async () => {
    class Locked extends FakeKernel {
      times = 2;
      override answer(message: Parameters<FakeKernel["answer"]>[0]): object {
        if (message.kind !== "undo" || this.times === 0) return super.answer(message);
        this.times -= 1;
        return { kind: "refused", reason: "the store is locked", again: true };
      }
    }
    const desk = await open(new Locked());
    desk.press("3");
    await desk.wait();
    desk.press("z");
    await desk.wait(10_000);
    expect(desk.kernel.status("r0")).toBe("pending");
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("works on answers of an earlier page", async () => {
    const first = await open();
    first.press("3");
    await first.wait();
    first.close();
    const desk = await open(first.kernel);
    desk.at("undo").click();
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("says so when there is nothing to undo", async () => {
    const desk = await open();
    desk.press("z");
    await desk.wait();
    expect(desk.text("notice")).toContain("nothing to undo");
  });
});
