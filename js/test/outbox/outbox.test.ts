import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Outbox } from "../../src/outbox/outbox.ts";
import type { AnswerEvent, Status } from "../../src/wire.ts";

let count = 0;
let key = "";
let sent: { rid: string; ids: string[] }[] = [];
let alive = true;
const open: Outbox[] = [];

function event(record: string, status: Status = "submitted"): AnswerEvent {
  count += 1;
  return {
    event: `e${count}`,
    record,
    status,
    values: {},
    started: null,
    duration_ms: null,
    shown: { suggestions: [] },
  };
}

function outbox(): Outbox {
  const made = new Outbox((events, rid) => {
    if (alive) sent.push({ rid, ids: events.map((each) => each.event) });
    return alive;
  });
  made.name(key);
  open.push(made);
  return made;
}

/** As after a reload: memory is gone, IndexedDB is not. */
function reload(): void {
  for (const each of open.splice(0)) each.close();
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  key = `key-${Math.random()}`;
  count = 0;
  sent = [];
  alive = true;
});
afterEach(() => {
  reload();
  vi.useRealTimers();
});

/** Leave this behind in IndexedDB, as an earlier page. */
async function left(one: AnswerEvent): Promise<void> {
  const before = outbox();
  before.put(one, 0);
  await before.load();
  reload();
}

const ids = () => sent.map((message) => message.ids.join(" "));

describe("sending", () => {
  test("nothing leaves before the kernel has answered, then everything leaves in one batch", async () => {
    const box = outbox();
    box.put(event("a"), 0);
    box.put(event("b"), 1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toEqual([]);
    box.open();
    expect(ids()).toEqual(["e1 e2"]);
  });

  test("what is not acknowledged is sent again after 2, 4, 8, 15, 15 seconds", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    const at: number[] = [];
    const start = Date.now();
    for (let tick = 0; tick < 46_000; tick += 100) {
      const before = sent.length;
      await vi.advanceTimersByTimeAsync(100);
      if (sent.length > before) at.push(Math.floor((Date.now() - start) / 1000));
    }
    expect(at).toEqual([0, 2, 6, 14, 29, 44]);
  });

  test("an acknowledged answer is never sent again, also when it is acknowledged twice", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(1);
    box.acknowledge(["e1"]);
    box.acknowledge(["e1"]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toEqual(["e1"]);
    expect(box.waiting.value).toEqual([]);
  });

  test("a dead channel keeps everything until it lives", async () => {
    const box = outbox();
    alive = false;
    box.open();
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(3000);
    alive = true;
    await vi.advanceTimersByTimeAsync(8000);
    expect(ids()[0]).toBe("e1");
  });

  test("no message carries more than 500 events", async () => {
    const box = outbox();
    for (let at = 0; at < 1100; at += 1) box.put(event(`r${at}`), at);
    box.open();
    expect(sent.map((message) => message.ids.length)).toEqual([500, 500, 100]);
  });
});

describe("order", () => {
  test("a later answer to a record waits until the earlier one has arrived, so that it stays the newest", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(1);
    box.put(event("a"), 0);
    box.put(event("b"), 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ids()).toEqual(["e1", "e3"]);
    box.acknowledge(["e1"]);
    expect(ids()).toEqual(["e1", "e3", "e2"]);
  });

  test("when the earlier one was lost, both travel together in order", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(1);
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ids()).toEqual(["e1", "e1 e2"]);
  });

  test("a newer draft replaces one that was not sent, never one that may have arrived", async () => {
    const box = outbox();
    box.put(event("a", "draft"), 0);
    box.put(event("a", "draft"), 0);
    expect(box.waiting.value.map((entry) => entry.event.event)).toEqual(["e2"]);
    box.open();
    box.put(event("a"), 0);
    expect(box.waiting.value.map((entry) => entry.event.event)).toEqual(["e2", "e3"]);
  });
});

describe("refusals", () => {
  test("a refused answer stays, with the reason, until it is mended or dismissed", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    box.put(event("b"), 1);
    await vi.advanceTimersByTimeAsync(1);
    box.refuse("e1", "no such label");
    box.refuse("e2", "no such label");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(box.refused.value.map((entry) => entry.refused)).toEqual(["no such label", "no such label"]);
    expect(ids()).toEqual(["e1 e2"]);
    box.dismiss("e1");
    box.put(event("b"), 1);
    expect(box.refused.value).toEqual([]);
  });

  test("a batch refused as a whole is sent one by one, so that one bad answer does not hold up the others", async () => {
    const box = outbox();
    box.put(event("a"), 0);
    box.put(event("b"), 1);
    box.open();
    box.refuseBatch(sent[0]?.rid ?? "", "unreadable", false);
    expect(ids()).toEqual(["e1 e2", "e1", "e2"]);
    box.refuseBatch(sent[1]?.rid ?? "", "unreadable", false);
    expect(box.refused.value.map((entry) => entry.event.event)).toEqual(["e1"]);
    expect(box.waiting.value.map((entry) => entry.event.event)).toEqual(["e2"]);
  });

  test("while the store cannot be written the answers wait, the reason is told, and they are sent again", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(1);
    box.refuseBatch(sent[0]?.rid ?? "", "the disk is full", true);
    expect(box.trouble.value).toBe("the disk is full");
    await vi.advanceTimersByTimeAsync(2000);
    expect(ids()).toEqual(["e1", "e1"]);
    box.acknowledge(["e1"]);
    expect(box.trouble.value).toBeNull();
  });
});

describe("surviving", () => {
  test("a second desk of the page with the same key takes over what the first could not deliver", async () => {
    alive = false;
    const first = outbox();
    first.open();
    first.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(1);
    first.close();
    alive = true;
    outbox().open();
    expect(ids()).toEqual(["e1"]);
  });

  test("a reloaded page finds what the last one left, and not what was acknowledged", async () => {
    vi.useRealTimers();
    const before = outbox();
    before.put(event("a"), 0);
    before.put(event("b"), 1);
    before.acknowledge(["e1"]);
    await before.load(); // IndexedDB works in order: what was written before has been written now
    reload();
    const after = outbox();
    await after.load();
    after.open();
    expect(ids()).toEqual(["e2"]);
  });

  test("what is acknowledged while the last page's answers are read does not come back", async () => {
    vi.useRealTimers();
    await left(event("a"));
    const after = outbox();
    const loading = after.load();
    after.acknowledge(["e1"]);
    await loading;
    after.open();
    expect([ids(), after.waiting.value]).toEqual([[], []]);
  });

  test("a draft of an earlier page may have arrived: a newer one does not take its place", async () => {
    vi.useRealTimers();
    await left(event("a", "draft"));
    const after = outbox();
    await after.load();
    after.put(event("a", "draft"), 0);
    expect(after.waiting.value.map((entry) => entry.event.event)).toEqual(["e1", "e2"]);
  });

  test("what the last page left is sent in the order it was given, however it is called", async () => {
    const before = outbox();
    for (const name of ["z", "m", "a"]) {
      before.put({ ...event("r"), event: name }, 0);
      await vi.advanceTimersByTimeAsync(1);
    }
    vi.useRealTimers();
    await before.load();
    reload();
    const after = outbox();
    await after.load();
    after.open();
    expect(ids()).toEqual(["z m a"]);
  });

  test("a refusal is known to the next page, which does not send the answer again", async () => {
    vi.useRealTimers();
    const before = outbox();
    before.put(event("a"), 0);
    before.refuse("e1", "no such label");
    await before.load();
    reload();
    const after = outbox();
    await after.load();
    after.open();
    expect([ids(), after.refused.value.map(({ refused }) => refused)]).toEqual([[], ["no such label"]]);
  });

  test("a page that is left writes down at once what was answered last", async () => {
    const before = outbox();
    before.put(event("a"), 0); // the timer that would write it never comes
    dispatchEvent(new Event("pagehide"));
    vi.useRealTimers();
    reload();
    const after = outbox();
    await after.load();
    after.open();
    expect(ids()).toEqual(["e1"]);
  });

  test("another desk of the page has its chance first, and is helped when it is gone", async () => {
    const first = outbox();
    first.open();
    first.put(event("a", "draft"), 0);
    await vi.advanceTimersByTimeAsync(1);
    const second = outbox();
    second.open();
    first.put(event("b", "draft"), 1);
    await vi.advanceTimersByTimeAsync(1);
    second.put(event("c"), 2);
    second.put(event("b", "draft"), 1); // the first one's may have arrived: it stays
    await vi.advanceTimersByTimeAsync(1);
    expect(ids().filter((each) => each.includes("e2"))).toEqual(["e2"]);
    expect(second.waiting.value.map((entry) => entry.event.event)).toEqual(["e1", "e2", "e3", "e4"]);
    first.close();
    await vi.advanceTimersByTimeAsync(2500);
    expect(ids().filter((each) => each.includes("e2"))).toHaveLength(2);
    second.put(event("d"), 3);
    expect(first.waiting.value).toHaveLength(4); // a closed desk hears of nothing any more
  });

  test("a late refusal of what has been acknowledged says nothing", async () => {
    const box = outbox();
    box.open();
    box.put(event("a"), 0);
    await vi.advanceTimersByTimeAsync(1);
    box.acknowledge(["e1"]);
    box.refuseBatch(sent[0]?.rid ?? "", "the disk is full", true);
    expect(box.trouble.value).toBeNull();
  });

  test("another page may change the storage: this one lets go of it, and says that it keeps nothing any more", async () => {
    vi.useRealTimers();
    const box = outbox();
    await box.load();
    await new Promise((done, failed) => {
      const request = indexedDB.deleteDatabase("feedback_widgets");
      request.onsuccess = done;
      request.onblocked = failed;
    });
    box.put(event("a"), 0);
    await box.load();
    expect(box.mirrored.value).toBe(false);
  });

  test.each(["onerror", "onblocked", "onabort"])(
    "storage that fails (%s) is said to keep nothing",
    async (how) => {
      vi.useRealTimers();
      type Handlers = Record<string, (() => void) | undefined>;
      const soon = (request: Handlers, name: string) => {
        setTimeout(() => request[name]?.());
        return request;
      };
      const store = { getAll: () => ({ result: [] }) };
      const transaction = () => soon({ objectStore: () => store as never, commit: () => {} }, "onabort");
      const open = () =>
        how === "onabort" ? soon({ result: { transaction } as never }, "onsuccess") : soon({}, how);
      vi.stubGlobal("indexedDB", { open });
      vi.stubGlobal("IDBKeyRange", { bound: () => null });
      const box = outbox();
      await box.load();
      vi.unstubAllGlobals();
      expect(box.mirrored.value).toBe(false);
    },
  );

  test("without IndexedDB the outbox works in memory and says so", async () => {
    vi.useRealTimers();
    vi.stubGlobal("indexedDB", undefined);
    const box = outbox();
    await box.load();
    box.open();
    box.put(event("a"), 0);
    box.flush();
    vi.unstubAllGlobals();
    expect(box.mirrored.value).toBe(false);
    expect(ids()).toEqual(["e1"]);
  });
});

test("an answer is late after two seconds, and no longer when it is acknowledged", async () => {
  const box = outbox();
  box.open();
  box.put(event("a"), 0);
  await vi.advanceTimersByTimeAsync(1900);
  expect(box.late.value).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(box.late.value).toBe(true);
  box.acknowledge(["e1"]);
  expect(box.late.value).toBe(false);
});
