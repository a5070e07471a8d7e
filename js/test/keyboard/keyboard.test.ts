import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SHORTCUTS } from "../../src/keyboard/shortcuts.ts";
import { type Key, t } from "../../src/text.ts";
import type { QuestionSpec, Spec } from "../../src/wire.ts";
import { type Opened, openDesk } from "../desk/open_desk.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";

const options = (...texts: string[]) => texts.map((text) => ({ value: text.toLowerCase(), text }));
const question = (name: string, type: string, more: Partial<QuestionSpec>): QuestionSpec => ({
  name,
  type,
  title: name,
  description: null,
  required: true,
  ...more,
});
const FIVE: Spec = {
  ...SPEC,
  questions: [
    question("quality", "rating", { values: [1, 2, 3, 4, 5] }),
    question("tone", "label_selection", { options: options("Polite", "Neutral", "Rude"), visible: null }),
    question("issues", "multi_label_selection", { options: options("Wrong", "Long", "Rude"), visible: null }),
    question("order", "ranking", { options: options("A", "B", "C") }),
    question("better", "text", { use_markdown: false }),
  ],
};

const SPANS = question("places", "span", { field: "prompt", options: options("City"), required: false });

let desk: Opened;
const active = () => desk.all("question").find((each) => "active" in each.dataset)?.dataset.name;

function ranks(): Record<string, string | undefined> {
  const options = [...(desk.all("question")[3]?.querySelectorAll<HTMLElement>("[data-fw=option]") ?? [])];
  return Object.fromEntries(options.map((each) => [each.dataset.value ?? "", each.dataset.rank]).sort());
}

async function open(spec: Spec): Promise<void> {
  desk = await openDesk(new FakeKernel({ spec }));
}

beforeEach(() => {
  vi.useFakeTimers();
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
});
afterEach(() => {
  desk.close();
  vi.useRealTimers();
});

describe("answering by keyboard only", () => {
  beforeEach(() => open(FIVE));

  test("all five kinds of question", async () => {
    desk.press("4", "2"); // a single choice moves on to the next question
    desk.press("1", "3", "ArrowDown", "2", "1", "ArrowDown");
    await desk.wait(0);
    expect(active()).toBe("better");
    desk.press("Shift+Enter");
    const box = document.activeElement as HTMLTextAreaElement;
    expect(box.dataset.fw).toBe("text");
    box.value = "so";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    desk.press("Ctrl+Enter");
    await desk.wait();
    expect(desk.kernel.log[0]?.values).toEqual({
      quality: 4,
      tone: "neutral",
      issues: ["wrong", "rude"],
      order: [
        { value: "b", rank: 1 },
        { value: "a", rank: 2 },
        { value: "c", rank: 3 },
      ],
      better: "so",
    });
    expect(desk.at("record").dataset.record).toBe("r1");
    expect(document.activeElement).toBe(desk.root);
  });

  test("Enter with something missing goes there and says what is missing", async () => {
    desk.press("4", "Enter");
    await desk.wait(0);
    expect(active()).toBe("tone");
    expect(desk.text("notice")).toBe("“tone”: choose an option.");
    expect(desk.kernel.log).toEqual([]);
  });

  test("a letter goes to the first label that begins with it, and Space is left to the browser", async () => {
    desk.press("ArrowDown", "r");
    expect((document.activeElement as HTMLElement).dataset.value).toBe("rude");
    const [space] = desk.press(" ");
    expect(space?.defaultPrevented).toBe(false);
  });

  test("a ranked option is moved by Alt and an arrow", async () => {
    desk.press("ArrowDown", "ArrowDown", "ArrowDown", "1", "2");
    await desk.wait(0);
    desk.all("question")[3]?.querySelector<HTMLElement>("[data-value=c]")?.focus();
    desk.press("Alt+ArrowUp");
    await desk.wait(0);
    expect(ranks()).toEqual({ a: "1", b: "3", c: "2" });
    expect((document.activeElement as HTMLElement).dataset.value).toBe("c"); // though it is drawn elsewhere now
  });

  test("= ties the next pick with the one before, and only where there are ties", async () => {
    expect(desk.press("=")[0]?.defaultPrevented).toBe(false);
    desk.press("ArrowDown", "ArrowDown", "ArrowDown", "1", "=", "3");
    await desk.wait(0);
    expect(ranks()).toEqual({ a: "1", b: "2", c: "1" });
  });

  test("Backspace discards", async () => {
    desk.press("Backspace");
    await desk.wait();
    expect(desk.kernel.status("r0")).toBe("discarded");
  });

  test("while typing, keys belong to the text", async () => {
    desk.press("Shift+Enter");
    const events = desk.press("3", "z", "g", "?", "Backspace", "Enter", "ArrowLeft", "Ctrl+z");
    await desk.wait();
    expect(events.map((event) => event.defaultPrevented)).not.toContain(true);
    expect(desk.kernel.requests.map((request) => request.kind)).toEqual(["hello"]);
    expect(desk.at("record").dataset.record).toBe("r0");
  });

  test("while an input method composes, keys belong to it", () => {
    const event = new KeyboardEvent("keydown", {
      key: "Enter",
      bubbles: true,
      cancelable: true,
      isComposing: true,
    });
    desk.root.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
  });

  test("Enter on a button presses the button", () => {
    desk.at("keys").focus();
    expect(desk.press("Enter")[0]?.defaultPrevented).toBe(false);
    expect(desk.kernel.log).toEqual([]);
  });
});

describe("submitting by choosing", () => {
  beforeEach(() => open(SPEC));

  test("a held key answers one record", async () => {
    desk.press("3", "Held+3", "Held+3");
    await desk.wait();
    expect(desk.kernel.log).toHaveLength(1);
  });

  test("a key that bounces answers one record, another key answers the next at once", async () => {
    desk.press("3", "3", "4");
    await desk.wait();
    expect(desk.kernel.log.map((event) => event.values.quality)).toEqual([3, 4]);
    await desk.wait(120);
    desk.press("4");
    await desk.wait();
    expect(desk.kernel.log).toHaveLength(3);
  });

  test("a double click answers one record", async () => {
    desk.all("option")[2]?.click();
    await desk.wait(100);
    desk.all("option")[2]?.click();
    await desk.wait(200);
    expect(desk.kernel.log).toHaveLength(1);
  });

  test("can be switched off", async () => {
    desk.at("auto").click();
    desk.press("3");
    await desk.wait();
    expect(desk.at("record").dataset.record).toBe("r0");
    desk.root.focus();
    desk.press("Enter");
    await desk.wait();
    expect(desk.kernel.status("r0")).toBe("submitted");
  });
});

describe("keys and the notebook", () => {
  beforeEach(() => open(FIVE));

  test("no key leaves the desk, mapped or not", () => {
    const leaked: string[] = [];
    const listen = (event: Event) => leaked.push((event as KeyboardEvent).key);
    for (const type of ["keydown", "keyup", "keypress"]) document.addEventListener(type, listen);
    desk.press(
      "a",
      "b",
      "x",
      "d",
      "m",
      "y",
      "j",
      "k",
      "ArrowDown",
      "Shift+Enter",
      "Escape",
      "0",
      "F5",
      "Enter",
      "Ctrl+s",
    );
    for (const type of ["keydown", "keyup", "keypress"]) document.removeEventListener(type, listen);
    expect(leaked).toEqual([]);
  });

  test("every element that gets the focus is marked for Jupyter", () => {
    for (const element of [
      desk.root,
      ...desk.root.querySelectorAll<HTMLElement>("button, textarea, [tabindex]"),
    ]) {
      element.focus();
      expect(element.dataset.lmSuppressShortcuts).toBe("true");
    }
  });
});

describe("what lies over the form", () => {
  beforeEach(() => open(FIVE));

  test("the sheet shows every key of the table", async () => {
    desk.close();
    await open({ ...FIVE, questions: [...FIVE.questions, SPANS] }); // the keys for marking are shown where text is marked
    desk.press("?");
    await desk.wait(0);
    for (const { shown, id } of SHORTCUTS) {
      expect(desk.text("sheet")).toContain(t(`key.${id}` as Key));
      for (const key of shown) expect(desk.text("sheet")).toContain(key);
    }
  });

  test("nobody answers what they do not see; Esc goes back to the desk", async () => {
    desk.press("g");
    await desk.wait();
    desk.press("4", "Backspace");
    await desk.wait();
    expect(desk.kernel.log).toEqual([]);
    desk.press("Escape");
    await desk.wait();
    expect(desk.all("guide")).toEqual([]);
    expect(document.activeElement).toBe(desk.root);
  });
});

describe("keys that a desk has elsewhere", () => {
  test("the new key acts, the old one does not, and the sheet says so", async () => {
    await open({ ...SPEC, keys: { discard: ["x", "Mod+d"], guidelines: ["h"] } });
    expect(desk.press("Backspace")[0]?.defaultPrevented).toBe(false);
    expect(desk.at("record").dataset.record).toBe("r0");
    desk.press("x");
    await desk.wait();
    expect(desk.kernel.status("r0")).toBe("discarded");
    desk.press("h");
    await desk.wait(0);
    expect(desk.all("guide")).toHaveLength(1);
    desk.press("?");
    await desk.wait(0);
    expect(desk.text("sheet")).toContain("Ctrl/⌘ d");
  });

  test("every row that acts on certain keys has a name of its own, which the kernel knows", () => {
    const named = SHORTCUTS.filter((row) => row.run && typeof row.presses !== "function");
    const file = path.resolve(import.meta.dirname, "../../../tests/cases/keys.json");
    expect(named.map((row) => row.id).sort()).toEqual(JSON.parse(fs.readFileSync(file, "utf8")).rows.sort());
  });
});
