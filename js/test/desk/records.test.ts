import { describe, expect, test } from "vitest";
import { queueWalk } from "../../src/desk/queues.ts";
import { Records } from "../../src/desk/records.ts";
import { Window } from "../../src/desk/window.ts";
import type { AnswerEvent, Queue, RecordView, Status } from "../../src/wire.ts";

function view(index: number, status: Status | null = "submitted"): RecordView {
  const response = status && { status, values: {} };
  return { record: `r${index}`, index, fields: {}, metadata: {}, suggestions: {}, response };
}

function views(from: number, to: number, status: Status | null = "submitted"): RecordView[] {
  return Array.from({ length: to - from }, (_, at) => view(from + at, status));
}

/** A kernel's pending queue of so many records, all untouched. */
function fetching(total: number) {
  const asked: number[] = [];
  const fetch = async (_queue: Queue, after: number, limit: number) => {
    asked.push(after);
    const last = Math.min(total, after + 1 + limit);
    return { records: views(after + 1, last, null), end: last === total };
  };
  return { asked, fetch };
}

/** The record that is shown after one in this place, once it is here. */
async function onwards(window: Window, index: number): Promise<RecordView | null> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const next = window.next(index);
    if (next !== "wait") return next;
    window.keepAhead(index, true);
    await Promise.resolve();
    await Promise.resolve();
  }
  throw new Error("it waits for ever");
}

describe("records held for a long time", () => {
  test("ten thousand answered ones leave a few hundred, those nearest to the view", () => {
    const records = new Records(() => new Map());
    let place = 0;
    records.places.add(() => place);
    for (place = 0; place < 10_000; place += 1) {
      records.merge([view(place)]);
      expect(records.size).toBeLessThanOrEqual(350);
    }
    place = 9_999;
    expect(records.beside(place, -1)?.index).toBe(9_998);
    expect(records.get("r9750")).toBeDefined();
    expect(records.get("r0")).toBeUndefined();
  });

  test("what is on show anywhere, waits for an answer, or is on its way stays", () => {
    const waiting = new Map([["r960", { record: "r960", status: "submitted" } as AnswerEvent]]);
    const records = new Records(() => waiting);
    records.places.add(() => 3);
    records.places.add(() => 2_000);
    records.merge([
      ...views(0, 8),
      ...views(900, 910, null),
      ...views(920, 925, "draft"),
      ...views(950, 2_000),
    ]);
    for (const kept of ["r3", "r960", "r900", "r909", "r920", "r1999"])
      expect(records.get(kept)).toBeDefined();
    expect(records.get("r950")).toBeUndefined();
    expect(records.size).toBe(300);
  });

  test("what is on show stays, however much is on its way", () => {
    const ids = [...Array(400).keys()].map((at) => `r${at + 10}`);
    const waiting = new Map(ids.map((record) => [record, { record, status: "submitted" } as AnswerEvent]));
    const records = new Records(() => waiting);
    records.places.add(() => 3);
    records.merge([view(3)]);
    records.merge(views(10, 410));
    expect(records.size).toBe(401);
  });

  test("when everything is to be asked for anew, what is on show or on its way stays, and the first of these is named", () => {
    const waiting = new Map([["r7", { record: "r7", status: "submitted" } as AnswerEvent]]);
    const records = new Records(() => waiting);
    records.places.add(() => 3);
    records.merge(views(0, 20));
    expect(records.drop()).toEqual(["r3"]);
    expect([...Array(20).keys()].filter((at) => records.get(`r${at}`))).toEqual([3, 7]);
    expect(records.beside(3, 1)).toBeUndefined(); // what lies between has to be fetched again
  });

  test("looking back from the end keeps what was looked at last", () => {
    const records = new Records(() => new Map());
    let place = 1_000;
    records.places.add(() => place);
    records.merge(views(800, 1_001));
    for (place = 799; place >= 0; place -= 1) records.merge([view(place)]);
    place = 0;
    expect(records.beside(place, 1)?.index).toBe(1);
    expect(records.get("r1000")).toBeUndefined();
  });

  test("no step leads over a record that was forgotten, until it has been fetched again", () => {
    const records = new Records(() => new Map());
    let place = 0;
    records.places.add(() => place);
    records.merge([view(0, null)]); // still waits, so it stays
    for (place = 1; place < 1_000; place += 1) records.merge([view(place)]);
    place = 999;
    const oldest = Math.min(...[...Array(999).keys()].filter((at) => at > 0 && records.at(at)));
    expect(records.beside(oldest, -1)).toBeUndefined();
    expect(records.beside(0, 1)).toBeUndefined();
    place = oldest;
    records.merge([view(oldest - 1)]);
    expect(records.beside(oldest, -1)?.index).toBe(oldest - 1);
  });

  test("ten thousand that are passed without an answer leave a few hundred, and each of them comes again", async () => {
    const records = new Records(() => new Map());
    const { asked, fetch } = fetching(10_000);
    const window = new Window(records, fetch);
    let place = -1;
    records.places.add(() => place);
    const seen: number[] = [];
    for (let again = 0; again < 10_020; again += 1) {
      const next = await onwards(window, place);
      place = next?.index ?? -2;
      window.keepAhead(place);
      seen.push(place);
      expect(records.size).toBeLessThanOrEqual(350);
    }
    expect(seen.slice(0, 10_000)).toEqual([...Array(10_000).keys()]);
    expect(new Set(seen.slice(0, 10_000)).size).toBe(10_000);
    expect(window.done).toBe(false);
    expect(asked.length).toBeLessThan(700);
    expect(records.losses).toBeGreaterThan(9_000);
  });

  test("what was forgotten without an answer is asked for again before anything is called done", async () => {
    const records = new Records(() => new Map());
    const { fetch } = fetching(1_000);
    const window = new Window(records, fetch);
    let place = -1;
    records.places.add(() => place);
    for (let at = 0; at < 1_000; at += 1) place = (await onwards(window, place))?.index ?? -2;
    records.merge(
      [...records.open()].flatMap((record) => ({
        ...(records.get(record) as RecordView),
        response: { status: "submitted", values: {} } as const,
      })),
    );
    place = (await onwards(window, place))?.index ?? -2;
    expect(place).toBe(0);
  });

  test("a look that reached the end says nothing of what was forgotten since", async () => {
    const records = new Records(() => new Map());
    records.places.add(() => 450);
    const { fetch } = fetching(20);
    const window = new Window(records, fetch);
    expect((await onwards(window, -1))?.index).toBe(0);
    records.merge(views(100, 500, null));
    records.merge(views(100, 500));
    expect(records.get("r0")).toBeUndefined();
    expect(window.done).toBe(false);
    expect((await onwards(window, 450))?.index).toBe(0);
  });

  test("after a jump the next record is asked for from there, not by all that lie between", async () => {
    const records = new Records(() => new Map());
    const { asked, fetch } = fetching(100_000);
    const window = new Window(records, fetch);
    records.merge([view(90_000)]);
    expect((await onwards(window, 90_000))?.index).toBe(90_001);
    expect(asked).toEqual([90_000]);
  });

  test("what is held beyond the last stretch does not come before what lies between", async () => {
    const records = new Records(() => new Map());
    const { fetch } = fetching(200);
    const window = new Window(records, fetch);
    await onwards(window, -1);
    records.merge([view(100, null)]);
    expect(window.next(19)).toBe("wait");
    expect((await onwards(window, 19))?.index).toBe(20);
  });

  test("where the kernel gives nothing, it is not asked again and again", async () => {
    let asked = 0;
    const window = new Window(new Records(() => new Map()), async () => {
      asked += 1;
      return null;
    });
    for (let tries = 0; tries < 5; tries += 1) {
      window.keepAhead(-1);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(asked).toBe(1);
  });

  test("a stretch of a queue that was asked for before the queue was looked at anew says nothing of its end", async () => {
    const replies: ((reply: object) => void)[] = [];
    const bodies: { after?: number }[] = [];
    const ask = (_kind: string, body: () => { after?: number }) => {
      bodies.push(body());
      return new Promise((resolve) => replies.push(resolve));
    };
    const outbox = { newest: { value: new Map() }, drained: async () => {} };
    const { window } = queueWalk({ outbox, link: { ask } } as never, "submitted");
    const answer = async (from: number, to: number) => {
      await new Promise((done) => setTimeout(done));
      replies.shift()?.({ kind: "records", records: views(from, to), end: to === 40 });
      await new Promise((done) => setTimeout(done));
    };
    window.keepAhead(-1);
    await answer(0, 20);
    window.keepAhead(15);
    window.reopen(); // an earlier record was answered meanwhile
    await answer(20, 40);
    expect(window.done).toBe(false);
    window.keepAhead(19);
    await new Promise((done) => setTimeout(done));
    expect(bodies.map(({ after }) => after)).toEqual([-1, 19, -1]);
  });

  test("when all that is left was skipped, the first of it comes, however many there are", async () => {
    const records = new Records(() => new Map());
    const { asked, fetch } = fetching(400);
    const window = new Window(records, fetch);
    let place = -1;
    records.places.add(() => place);
    for (let at = 0; at < 400; at += 1) {
      const next = await onwards(window, place);
      place = next?.index ?? -2;
      if (next) records.skip(next);
    }
    expect((await onwards(window, place))?.index).toBe(0);
    expect(asked.length).toBeLessThan(60);
  });

  test("ten thousand that were skipped leave a few hundred, and come again in the order they were put off", async () => {
    const records = new Records(() => new Map());
    const { asked, fetch } = fetching(10_000);
    const window = new Window(records, fetch);
    let place = -1;
    records.places.add(() => place);
    const seen: number[] = [];
    for (let at = 0; at < 20_100; at += 1) {
      const next = await onwards(window, place);
      if (!next) throw new Error("something that was put off is called done");
      place = next.index;
      window.keepAhead(place);
      seen.push(place);
      records.skip(next);
      expect(records.size).toBeLessThanOrEqual(350);
    }
    const all = [...Array(10_000).keys()];
    expect(seen).toEqual([...all, ...all, ...all.slice(0, 100)]);
    expect(asked.length).toBeLessThan(2_500);
  });

  test("what was put off, forgotten and answered elsewhere is not asked for again", async () => {
    const records = new Records(() => new Map());
    let left = views(0, 1_000, null);
    const asked: number[] = [];
    const window = new Window(records, async (_queue, after, limit) => {
      asked.push(after);
      const found = left.filter(({ index }) => index > after);
      return { records: found.slice(0, limit), end: found.length <= limit };
    });
    let place = -1;
    records.places.add(() => place);
    for (let at = 0; at < 1_000; at += 1) {
      const next = await onwards(window, place);
      place = next?.index ?? -2;
      if (next) records.skip(next);
    }
    left = [];
    records.refresh(views(0, 1_000)); // what is held here is told; the rest is asked for and not found
    const before = asked.length;
    expect(await onwards(window, place)).toBeNull();
    expect(window.done).toBe(true);
    expect(asked.length - before).toBeLessThan(5);
  });
});
