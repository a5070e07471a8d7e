import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pointsOf } from "../../src/spans/points.ts";
import { type Drawn, marked, pieces, relabelled } from "../../src/spans/spans.ts";
import { snapped, trimmed, wordsOf } from "../../src/spans/words.ts";
import type { QuestionSpec, Span, Spec } from "../../src/wire.ts";
import { type Opened, openDesk } from "../desk/open_desk.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";

const span = (start: number, end: number, label = "city"): Span => ({ start, end, label });

describe("code points and UTF-16 units", () => {
  const text = "a👍b\u0301 👩‍👧 \ud800x"; // an emoji, a joined family, half a pair
  const points = pointsOf(text);

  test("every place goes there and back", () => {
    const characters = [...text];
    let unit = 0;
    for (const [point, character] of characters.entries()) {
      expect(points.point(unit)).toBe(point);
      expect(points.unit(point)).toBe(unit);
      unit += character.length;
    }
    expect(points.point(text.length)).toBe(characters.length);
    expect(points.unit(characters.length)).toBe(text.length);
  });

  test("places beyond the text are its end", () => {
    expect(points.unit(999)).toBe(text.length);
    expect(points.point(999)).toBe([...text].length);
  });
});

describe("selections", () => {
  const text = "  Paris, on the Seine. ";
  const words = wordsOf(text);
  test.each([
    [4, 6, "Paris", "inside a word"],
    [0, 5, "Paris", "with blanks before"],
    [4, 12, "Paris, on", "from one word into another"],
    [16, 22, "Seine.", "with a sign that was selected too"],
    [7, 8, ",", "a sign alone"],
  ])("%i to %i grows to %j: %s", (start, end, expected, _why) => {
    const found = snapped(text, words, { start, end });
    expect(found && text.slice(found.start, found.end)).toBe(expected);
  });

  test("nothing but blanks is no selection", () => {
    expect(snapped(text, words, { start: 0, end: 2 })).toBeNull();
    expect(trimmed(text, { start: 8, end: 9 })).toBeNull();
  });
});

describe("marking", () => {
  test("where spans may not overlap, the new one takes the place of those it meets", () => {
    const before = [span(0, 4), span(5, 9), span(10, 12)];
    expect(marked(before, { start: 3, end: 6 }, "river", false)).toEqual([span(3, 6, "river"), span(10, 12)]);
  });

  test("where they may, it joins them, once", () => {
    const before = [span(0, 4)];
    const after = marked(before, { start: 3, end: 6 }, "river", true);
    expect(after).toEqual([span(0, 4), span(3, 6, "river")]);
    expect(marked(after, { start: 3, end: 6 }, "river", true)).toEqual(after);
  });

  test("a span is given another label, or goes where that label stands already", () => {
    const one = span(0, 4);
    expect(relabelled([one], one, "river")).toEqual([span(0, 4, "river")]);
    expect(relabelled([one, span(0, 4, "river")], one, "river")).toEqual([span(0, 4, "river")]);
  });
});

describe("drawing", () => {
  const drawn = (start: number, end: number, tag = "x"): Drawn => ({
    start,
    end,
    tag,
    colour: 0,
    suggested: false,
  });

  test("pieces cover the text once, and overlapping spans get a line each", () => {
    const found = pieces(20, [drawn(2, 10, "a"), drawn(5, 12, "b"), drawn(10, 15, "c")]);
    expect(found.map((piece) => [piece.start, piece.end])).toEqual([
      [0, 2],
      [2, 5],
      [5, 10],
      [10, 12],
      [12, 15],
      [15, 20],
    ]);
    expect(found.map((piece) => piece.over.map(({ span, line }) => span.tag + line))).toEqual([
      [],
      ["a0"],
      ["a0", "b1"],
      ["b1", "c0"],
      ["c0"],
      [],
    ]);
    expect(found.map((piece) => piece.tags)).toEqual([[], [], ["a"], ["b"], ["c"], []]);
  });

  test("a span beyond the text is not drawn", () => {
    expect(pieces(5, [drawn(3, 9)])).toEqual([{ start: 0, end: 5, over: [], tags: [] }]);
  });
});

describe("at the desk, by keyboard", () => {
  const PLACES: QuestionSpec = {
    name: "places",
    type: "span",
    title: "Places",
    description: null,
    required: true,
    field: "prompt",
    allow_overlapping: false,
    options: ["city", "river"].map((value) => ({ value, text: value })),
    visible: null,
  };
  const spec: Spec = { ...SPEC, questions: [PLACES] };
  let desk: Opened;
  const text = () => desk.at("spans").textContent;
  const marks = () =>
    [...desk.root.querySelectorAll<HTMLElement>(".fw-mark")].map(
      (each) => `${each.textContent}=${each.dataset.tags}`,
    );

  beforeEach(async () => {
    vi.useFakeTimers();
    Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
    const kernel = new FakeKernel({ spec });
    for (const record of kernel.records) record.fields.prompt = "👍 Paris lies on the Seine";
    desk = await openDesk(kernel);
  });
  afterEach(() => {
    desk.close();
    vi.useRealTimers();
  });

  test("the caret goes by word, Shift extends, a number marks, and the store counts code points", async () => {
    desk.press("Shift+Enter", "ArrowRight", "1");
    await desk.wait(0);
    expect(marks()).toEqual(["Paris=city"]);
    desk.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "2");
    await desk.wait(0);
    expect(marks()).toEqual(["Paris=city", "on the Seine=river"]);
    expect(text()).toBe("👍 Paris lies on the Seine");
    desk.press("Enter");
    await desk.wait();
    expect(desk.kernel.log.at(-1)?.values).toEqual({
      places: [span(2, 7), span(13, 25, "river")],
    });
  });

  test("a span under the caret gets another label, and Backspace removes it without discarding the record", async () => {
    desk.press("Shift+Enter", "ArrowRight", "1", "2");
    await desk.wait(0);
    expect(marks()).toEqual(["Paris=river"]);
    desk.press("Backspace", "Backspace");
    await desk.wait(0);
    expect(marks()).toEqual([]);
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("Space marks with the label in hand, Alt and Shift take single characters", async () => {
    desk.press("2", "Shift+Enter", "ArrowRight", "Alt+Shift+ArrowLeft", "Alt+Shift+ArrowLeft", " ");
    await desk.wait(0);
    expect(marks()).toEqual(["Par=river"]);
  });

  test("a required answer may say that there is nothing to mark, and must say so", async () => {
    desk.press("Enter");
    await desk.wait(0);
    expect(desk.text("notice")).toContain("nothing to mark");
    desk.press("0", "Enter");
    await desk.wait();
    expect(desk.kernel.log.at(-1)?.values).toEqual({ places: [] });
  });

  test("a mouse selection grows to whole words and gets the label in hand", async () => {
    const box = desk.at("spans");
    const node = box.firstChild?.firstChild as Text;
    getSelection()?.setBaseAndExtent(node, 4, node, 6); // inside "Paris"
    box.dispatchEvent(new MouseEvent("pointerup", { bubbles: true, button: 0 }));
    await desk.wait(0);
    expect(marks()).toEqual(["Paris=city"]);
  });

  test("arrow keys in the text move the caret, not the record or the question", async () => {
    desk.press("Shift+Enter");
    const events = desk.press("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown");
    expect(events.every((event) => event.defaultPrevented)).toBe(true);
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
    desk.press("Escape", "ArrowRight");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r1");
  });

  test("suggested spans are drawn as such until there is an answer, and can be started from", async () => {
    const view = desk.kernel.records[1];
    if (view) view.suggestions = { places: [{ value: [span(2, 7)], score: null, agent: "ner" }] };
    desk.close();
    desk = await openDesk(desk.kernel);
    desk.press("ArrowRight");
    await desk.wait();
    const isSuggested = () =>
      "suggested" in (desk.root.querySelector<HTMLElement>(".fw-mark")?.dataset ?? {});
    expect(isSuggested()).toBe(true);
    [...desk.root.querySelectorAll<HTMLElement>(".fw-link")]
      .find((each) => each.textContent?.includes("suggested span"))
      ?.click();
    await desk.wait(0);
    expect(marks()).toEqual(["Paris=city"]);
    expect(isSuggested()).toBe(false);
  });
});
