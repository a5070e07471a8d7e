import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Query, RecordView } from "../../src/wire.ts";
import { FakeKernel, FakeModel } from "../fake_kernel.ts";
import { type Opened, openDesk } from "./open_desk.ts";

const finding = {
  metadata: [
    { name: "lang", title: "Language", type: "terms", values: ["de", "en"] },
    { name: "length", title: "Length", type: "integer", values: null },
  ],
  vectors: ["v"],
  suggestions: true,
  query: null as Query | null,
};

/** Finds records whose number is one of those said to belong to a word; the last searches are held by their token. */
class SearchKernel extends FakeKernel {
  finding = finding;
  hits: Record<string, number[]> = { car: [30, 7, 12], train: [3] };
  tokens = new Map<string, number[]>();
  queries: Query[] = [];

  override answer(message: Parameters<FakeKernel["answer"]>[0]): object {
    if (message.kind === "hello") return { ...super.answer(message), finding: this.finding };
    if (message.kind === "search") return this.#search(message as never);
    const token = message.token as string | undefined;
    if (message.kind !== "records" || !token) return super.answer(message);
    this.requests.push(message);
    const found = this.tokens.get(token);
    if (!found) return { kind: "refused", reason: `the search '${token}' is no longer held`, again: false };
    return { kind: "records", ...this.#window(found, message as never) };
  }

  #search(message: { query: Query; limit: number }) {
    this.requests.push(message as never);
    this.queries.push(message.query);
    const { text = "", similar_to } = message.query;
    if (text === "bad") return { kind: "refused", reason: "there is no field 'bad'", again: false };
    const all = this.records.map((view) => view.index);
    const found = similar_to ? [40, 41] : text ? (this.hits[text] ?? []) : all;
    const token = `t${this.queries.length}`;
    this.tokens.set(token, found);
    const python = `Query(text='${text}')`;
    const marks = text ? [`${text}*`] : [];
    const window = this.#window(found, { after: -1, limit: message.limit, queue: "pending" });
    return { kind: "found", token, query: message.query, python, marks, total: found.length, ...window };
  }

  #window(found: number[], { after, limit, queue }: { after: number; limit: number; queue: string }) {
    const open = ({ record }: RecordView) => ["pending", "draft"].includes(this.status(record));
    const places = [...found.keys()].filter((place) => {
      const view = this.records[found[place] as number] as RecordView;
      const wanted = queue === "pending" ? open(view) : queue === "all" || this.status(view.record) === queue;
      return place > after && wanted;
    });
    const records = places
      .slice(0, limit)
      .map((place) => this.view(this.records[found[place] as number] as RecordView));
    return {
      records,
      places: places.slice(0, limit),
      end: places.length <= limit,
      held: 0,
      ...this.counts(),
    };
  }
}

let kernel: SearchKernel;
let desk: Opened;
beforeEach(async () => {
  vi.useFakeTimers();
  kernel = new SearchKernel();
  desk = await openDesk(kernel);
});
afterEach(() => desk.close());

const record = () => desk.at("record").dataset.record;

async function find(text: string): Promise<void> {
  desk.press("/");
  await desk.wait();
  const box = desk.at("find-text") as HTMLInputElement;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  desk.press("Enter");
  await desk.wait(300);
}

test("the key leads to the box, and Enter from it to the first hit", async () => {
  desk.press("/");
  await desk.wait();
  expect(document.activeElement).toBe(desk.at("find-text"));
  await find("car");
  expect(record()).toBe("r30");
  expect(desk.text("hits")).toBe("3 records found");
  expect(desk.text("record")).toContain("Hit 1 of 3");
  expect(document.activeElement).toBe(desk.root);
});

test("the key after the slash is already a letter of the search", async () => {
  desk.press("/");
  await Promise.resolve();
  await Promise.resolve();
  expect(document.activeElement).toBe(desk.at("find-text"));
});

test("answers walk over the hits in their order, and are saved under the records' own ids", async () => {
  await find("car");
  for (const value of ["1", "2", "3"]) {
    desk.press(value);
    await desk.wait(200);
  }
  expect(kernel.log.map((event) => event.record)).toEqual(["r30", "r7", "r12"]);
  expect(desk.all("done").length).toBe(1);
});

test("the arrows step through the hits", async () => {
  await find("car");
  desk.press("ArrowRight", "ArrowRight");
  await desk.wait();
  expect(record()).toBe("r12");
  desk.press("ArrowLeft");
  await desk.wait();
  expect(record()).toBe("r7");
});

test("a queue of one's answers runs over the hits, too", async () => {
  await find("car");
  desk.press("1");
  await desk.wait(200);
  desk.press("4");
  await desk.wait(200);
  desk.press("Alt+3"); // what was submitted
  await desk.wait(200);
  expect(record()).toBe("r30");
  desk.press("ArrowRight");
  await desk.wait();
  expect(record()).toBe("r7");
  desk.press("Alt+1");
  await desk.wait(200);
  expect(record()).toBe("r12");
});

test("clearing goes back to everything", async () => {
  await find("car");
  desk.at("find-clear").click();
  await desk.wait();
  expect(record()).toBe("r0");
  expect(desk.text("hits")).toBe("Everything is shown.");
  expect(desk.text("record")).toContain("Record 1 of 50");
});

test("what the kernel refuses is said, and the hits stay", async () => {
  await find("car");
  await find("bad");
  expect(desk.text("hits")).toContain("there is no field 'bad'");
  expect(record()).toBe("r30");
});

test("the hits of an older search do not take the place of a newer one", async () => {
  desk.press("/");
  await desk.wait();
  desk.model.traps.hold = true;
  await find("car");
  await find("train");
  desk.model.release(); // newest first
  await desk.wait();
  expect(record()).toBe("r3");
  expect(desk.text("hits")).toBe("1 record found");
});

test("hits that the kernel no longer holds are searched again", async () => {
  kernel.hits.car = Array.from({ length: 40 }, (_, at) => at + 5);
  await find("car");
  kernel.tokens.clear();
  const before = kernel.queries.length;
  for (let count = 0; count < 12; count += 1) {
    desk.press("1");
    await desk.wait(200);
  }
  expect(kernel.queries.length).toBe(before + 1);
  expect(desk.all("record").length).toBe(1);
});

test("a text that holds markup is shown as text in the words for a filter", async () => {
  const evil = '<img src=x onerror="window.hacked=1">';
  desk.close();
  kernel.finding = { ...finding, metadata: [{ name: "m", title: evil, type: "terms", values: [evil] }] };
  desk = await openDesk(kernel);
  desk.press("/");
  await desk.wait();
  choose("metadata.m");
  await desk.wait();
  desk.at("find-choice").click();
  await desk.wait();
  expect(desk.text("chip")).toContain(`${evil}: ${evil}`);
  expect(desk.root.querySelector("img")).toBeNull();
  expect(kernel.queries.at(-1)).toEqual({ metadata: { m: [evil] } });
});

function choose(key: string): void {
  const select = desk.at("find-add") as HTMLSelectElement;
  select.value = key;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

function type(name: string, value: string): void {
  const box = desk.at(name) as HTMLInputElement;
  box.value = value;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

test("filters ask for status, own answers, suggestions and metadata, each with a chip to take it away", async () => {
  desk.press("/");
  await desk.wait();
  choose("status");
  await desk.wait();
  desk.all("find-choice")[1]?.click();
  await desk.wait();
  choose("answers.quality");
  await desk.wait();
  desk.all("find-choice")[4]?.click();
  await desk.wait();
  choose("suggestions.quality");
  await desk.wait();
  desk.all("find-choice")[0]?.click();
  await desk.wait();
  type("find-ge", "0.5");
  await desk.wait();
  type("find-agent", "judge");
  await desk.wait();
  choose("metadata.length");
  await desk.wait();
  type("find-le", "9");
  await desk.wait();
  expect(kernel.queries.at(-1)).toEqual({
    status: ["draft"],
    answers: { quality: [5] },
    suggestions: { quality: { value: [1], score: { ge: 0.5 }, agent: "judge" } },
    metadata: { length: { le: 9 } },
  });
  expect(desk.all("chip").map((chip) => chip.textContent)).toEqual([
    "Status: Draft×",
    "Your answer: Quality: 5×",
    "Suggested: Quality: 1, score from 0.5, by judge×",
    "Length: up to 9×",
  ]);
  for (let left = 4; left > 0; left -= 1) {
    desk.all("chip-remove")[0]?.click();
    await desk.wait();
  }
  expect(kernel.queries.at(-1)).toEqual({});
});

test("an order is asked for", async () => {
  desk.press("/");
  await desk.wait();
  type("find-sort", "-metadata.length");
  await desk.wait();
  expect(kernel.queries.at(-1)).toEqual({ sort: ["-metadata.length"] });
});

test("records like this one are found by a key where there are vectors", async () => {
  desk.press("Alt+/");
  await desk.wait();
  expect(kernel.queries.at(-1)).toEqual({ similar_to: "r0", vector: "v" });
  expect(record()).toBe("r40");
  expect(desk.text("chip")).toContain("Similar to one record");
});

test("what Python sets is followed, at the start and later", async () => {
  desk.model.receive({ v: 1, client: "*", rid: "", kind: "query", query: { text: "train" } });
  await desk.wait();
  expect(record()).toBe("r3");
  expect((desk.at("find-text") as HTMLInputElement).value).toBe("train");
  desk.model.receive({ v: 1, client: "*", rid: "", kind: "query", query: null });
  await desk.wait();
  expect(record()).toBe("r0");
  desk.close();
  kernel.finding = { ...finding, query: { text: "car" } };
  desk = await openDesk(kernel, new FakeModel(kernel, "other/alice"));
  await desk.wait();
  expect(record()).toBe("r30");
});

test("words are highlighted with the record, and no longer after clearing", async () => {
  kernel.records[30] = {
    ...(kernel.records[30] as RecordView),
    fields: { prompt: "My car, a scarred carriage." },
  };
  await find("car");
  expect([...desk.at("record").querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual([
    "car",
    "carriage",
  ]);
  desk.at("find-clear").click();
  await desk.wait();
  expect(desk.root.querySelectorAll("mark").length).toBe(0);
});

test("the query is copied as Python, or shown where the page may not write to the clipboard", async () => {
  const writeText = vi.fn(async () => undefined);
  vi.stubGlobal("navigator", Object.assign(Object.create(navigator), { clipboard: { writeText } }));
  await find("car");
  desk.at("find-copy").click();
  await desk.wait();
  expect(writeText).toHaveBeenCalledWith("Query(text='car')");
  writeText.mockRejectedValueOnce(new Error("forbidden") as never);
  desk.at("find-copy").click();
  await desk.wait();
  expect(desk.text("notice")).toBe("Copy it from here: Query(text='car')");
  vi.unstubAllGlobals();
});

test("an undone answer outside the hits is shown for mending", async () => {
  desk.press("3");
  await desk.wait(200);
  await find("car");
  desk.press("z");
  await desk.wait();
  expect(record()).toBe("r0");
});

test("a dataset without vectors offers no likeness", async () => {
  desk.close();
  kernel.finding = { ...finding, vectors: [] };
  desk = await openDesk(kernel);
  expect(desk.all("similar").length).toBe(0);
  desk.press("Alt+/");
  await desk.wait();
  expect(kernel.queries).toEqual([]);
});
