import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Opened, openDesk } from "../desk/open_desk.ts";
import { FakeKernel } from "../fake_kernel.ts";

let desk: Opened;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  desk?.close();
  vi.useRealTimers();
});

const EVIL = "<img src=x onerror=alert(1)>";
const returned = { by: `rita ${EVIL}`, at: "2026-11-21T10:00:00+00:00", comment: `listen again ${EVIL}` };

test("who is asked again sees by whom and why, as text whatever it holds", async () => {
  const kernel = new FakeKernel({ count: 2 });
  Object.assign(kernel.records[0] as object, { returned });
  desk = await openDesk(kernel);
  expect(desk.text("returned")).toContain(`rita ${EVIL} asks you to look at this record again`);
  expect(desk.text("returned")).toContain(`listen again ${EVIL}`);
  expect(desk.root.querySelector("img")).toBeNull();
  desk.press("ArrowRight");
  await desk.wait();
  expect(desk.all("returned")).toEqual([]);
});

test("an answer that is sent back while the desk says that all is done is asked for again", async () => {
  const kernel = new FakeKernel({ count: 1 });
  desk = await openDesk(kernel);
  desk.press("3");
  await desk.wait(100);
  expect(desk.all("done")).toHaveLength(1);
  const [given] = kernel.log;
  if (!given) throw new Error("nothing was stored");
  kernel.log.push({ ...given, event: "back", status: "draft", undoes: given.event });
  const [first] = kernel.records;
  if (!first) throw new Error("there is no record");
  Object.assign(first, { returned });
  const views = [{ ...kernel.view(first), returned }];
  desk.model.receive({ v: 1, client: "*", rid: "", kind: "progress", views, ...kernel.counts() });
  await desk.wait(100);
  expect(desk.all("done")).toEqual([]);
  expect(desk.text("returned")).toContain("listen again");
});
