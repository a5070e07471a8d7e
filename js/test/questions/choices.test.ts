import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { QuestionSpec, Spec } from "../../src/wire.ts";
import { type Opened, openDesk } from "../desk/open_desk.ts";
import { FakeKernel, SPEC } from "../fake_kernel.ts";

const TOPICS: QuestionSpec = {
  name: "topics",
  type: "multi_label_selection",
  title: "Topics",
  description: null,
  required: true,
  visible: 5,
  options: Array.from({ length: 500 }, (_, at) => ({ value: `v${at}`, text: `Tópic ${at}` })),
};

/** A kernel that adds labels where the question lets it. */
class Labelling extends FakeKernel {
  override answer(message: Parameters<FakeKernel["answer"]>[0]): object {
    if (message.kind !== "label") return super.answer(message);
    this.requests.push(message);
    const label = String(message.label);
    const questions = this.spec.questions.map((question) => ({
      ...question,
      options: [...(question.options ?? []), { value: label, text: label }],
    }));
    this.spec = { ...this.spec, questions };
    return { kind: "labelled", question: message.question, label, spec: this.spec };
  }
}

let desk: Opened;
const open = async (more: Partial<QuestionSpec> = {}) => {
  const spec: Spec = { ...SPEC, questions: [{ ...TOPICS, ...more }] };
  desk = await openDesk(new Labelling({ spec }));
};
const search = () => desk.at("search") as HTMLInputElement;
const type = async (text: string) => {
  search().value = text;
  search().dispatchEvent(new Event("input", { bubbles: true }));
  await desk.wait(0);
};
const shown = () => desk.all("option").map((each) => each.dataset.value);

beforeEach(() => {
  vi.useFakeTimers();
  Reflect.deleteProperty(globalThis, Symbol.for("feedback_widgets.outbox.1"));
});
afterEach(() => {
  desk.close();
  vi.useRealTimers();
});

describe("a long list of labels", () => {
  test("is folded, opens on demand, and always shows what is chosen", async () => {
    await open();
    expect(shown()).toHaveLength(5);
    desk.press("4", "2"); // 42
    await desk.wait(400);
    expect(shown()).toEqual(["v0", "v1", "v2", "v3", "v4", "v41"]);
  });

  test("a letter goes to the search with the letter in it; case and accents do not count", async () => {
    await open();
    desk.press("t");
    await desk.wait(0);
    expect(document.activeElement).toBe(search());
    expect(search().value).toBe("t");
    await type("TOPIC 499");
    expect(shown()).toEqual(["v499"]);
  });

  test("Enter takes the first that is found and hands the keys back to the desk", async () => {
    await open();
    desk.press("t");
    await type("topic 77");
    desk.press("Enter");
    await desk.wait(0);
    expect(document.activeElement).toBe(desk.root);
    expect(search().value).toBe("");
    expect(desk.root.querySelector("[data-value=v77]")?.getAttribute("aria-checked")).toBe("true");
    expect(desk.kernel.log).toEqual([]); // Enter has not submitted
  });

  test("what is typed in the search is no shortcut", async () => {
    await open();
    desk.press("t");
    desk.press("g", "z", "3", "Backspace", "?");
    await desk.wait(0);
    expect(desk.all("guide")).toHaveLength(0);
    expect(desk.at("record").dataset.record).toBe("r0");
  });
});

describe("a label that is missing", () => {
  test("is added where the question allows it, and picked", async () => {
    await open({ allow_new_labels: true });
    await type("quite new");
    desk.at("add-label").click();
    await desk.wait();
    const asked = desk.kernel.requests.find((request) => request.kind === "label");
    expect(asked).toMatchObject({ question: "topics", label: "quite new" });
    expect(desk.root.querySelector("[data-value='quite new']")?.getAttribute("aria-checked")).toBe("true");
  });

  test("cannot be added where it is not, nor twice", async () => {
    await open();
    await type("quite new");
    expect(desk.all("add-label")).toHaveLength(0);
    desk.close();
    await open({ allow_new_labels: true });
    await type("tópic 3");
    expect(desk.all("add-label")).toHaveLength(0);
  });
});
