import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeKernel } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const MINUTE = 60_000;
const desks: Opened[] = [];
let visible = true;

async function open(kernel: FakeKernel): Promise<Opened> {
  const desk = await openDesk(kernel);
  desks.push(desk);
  return desk;
}

function lending(count = 30): FakeKernel {
  const kernel = new FakeKernel({ count });
  kernel.lease = { seconds: 300, records: 5 };
  return kernel;
}

const sent = (desk: Opened, kind: string) => desk.model.sent.filter((message) => message.kind === kind);

beforeEach(() => {
  vi.useFakeTimers();
  visible = true;
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => (visible ? "visible" : "hidden"));
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
});
afterEach(() => {
  for (const desk of desks.splice(0)) desk.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("records that are lent", () => {
  test("few are fetched ahead, so that few are kept from others", async () => {
    const desk = await open(lending());
    desk.press("3");
    await desk.wait();
    const asked = desk.kernel.requests.filter(({ kind }) => kind === "records");
    expect(asked.every(({ limit }) => (limit as number) <= 5)).toBe(true);
  });

  test("are renewed every minute while the annotator is at work", async () => {
    const desk = await open(lending(4));
    for (let minute = 0; minute < 3; minute += 1) {
      await desk.wait(MINUTE);
      desk.press("ArrowDown");
    }
    expect(sent(desk, "renew").map(({ records }) => records)).toEqual(
      Array.from({ length: 3 }, () => ["r0", "r1", "r2", "r3"]),
    );
  });

  test("are not renewed for an annotator who went away, and are asked for at the first sign of life", async () => {
    const desk = await open(lending(4));
    await desk.wait(20 * MINUTE);
    const before = sent(desk, "renew").length;
    expect(before).toBeLessThanOrEqual(5);
    desk.kernel.held.add("r1");
    desk.press("ArrowDown");
    await desk.wait();
    expect(sent(desk, "renew")).toHaveLength(before + 1);
    desk.press("3");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r2");
  });

  test("are not renewed while nobody sees the page", async () => {
    const desk = await open(lending(4));
    visible = false;
    for (let minute = 0; minute < 3; minute += 1) {
      await desk.wait(MINUTE - 1000);
      desk.press("ArrowDown");
    }
    expect(sent(desk, "renew")).toHaveLength(0);
  });

  test("are given back when the page closes", async () => {
    const desk = await open(lending(3));
    desk.press("3");
    await desk.wait();
    window.dispatchEvent(new Event("pagehide"));
    expect(sent(desk, "release").map(({ records }) => records)).toEqual([["r1", "r2"]]);
    desks.splice(0);
    desk.close();
    expect(sent(desk, "release").at(-1)?.records).toEqual(["r1", "r2"]);
  });

  test("without leases nothing of this is sent", async () => {
    const desk = await open(new FakeKernel());
    await desk.wait(3 * MINUTE);
    desk.press("ArrowDown");
    window.dispatchEvent(new Event("pagehide"));
    expect(desk.model.sent.map(({ kind }) => kind)).toEqual(["hello"]);
  });
});

describe("records that others have", () => {
  test("when nothing else is left the desk says so, and they come by themselves", async () => {
    const kernel = lending(3);
    kernel.held = new Set(["r1", "r2"]);
    const desk = await open(kernel);
    desk.press("3");
    await desk.wait();
    expect(desk.text("held")).toContain(
      "2 records are being answered by others; they come back here if they are not finished.",
    );
    await desk.wait(10_500);
    expect(desk.all("held")).toHaveLength(1);
    kernel.held.delete("r1");
    await desk.wait(10_500);
    expect(desk.at("record").dataset.record).toBe("r1");
    desk.press("3");
    await desk.wait();
    expect(desk.text("held")).toContain("1 record is being answered");
    kernel.held.delete("r2");
    kernel.complete.add("r2");
    await desk.wait(10_500);
    expect(desk.all("done")).toHaveLength(1);
  });

  test("an answer that came too late is said once, kept, and not sent again", async () => {
    const kernel = lending(3);
    const desk = await open(kernel);
    kernel.complete.add("r0");
    desk.press("3");
    await desk.wait();
    expect(desk.text("notice")).toContain(
      "2 others have answered this record meanwhile: yours is kept as a draft.",
    );
    expect(desk.at("badge").dataset.state).toBe("saved");
    expect(desk.text("progress")).toContain("1 draft");
    await desk.wait(MINUTE);
    expect(kernel.log).toHaveLength(1);
    expect(sent(desk, "respond")).toHaveLength(1);
    desk.press("3");
    await desk.wait(500); // two presses at once would be one that bounced
    desk.press("3");
    await desk.wait(500);
    expect(desk.all("done")).toHaveLength(1);
  });

  test("what is left to others is not counted as this annotator's", async () => {
    const kernel = lending(3);
    const counts = kernel.counts.bind(kernel);
    kernel.counts = () => {
      const found = counts();
      return { ...found, progress: { ...found.progress, pending: found.progress.pending - 1, closed: 1 } };
    };
    const desk = await open(kernel);
    desk.press("3");
    await desk.wait();
    expect(desk.text("progress")).toContain("1 of 2 submitted · 1 left to others");
  });
});
