// Every payload of tests/cases/hostile.json in every place where a desk shows what others wrote.
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { source } from "../src/fields/parts/frame.ts";
import * as part from "../src/rich/index.ts";
import { rich } from "../src/rich.ts";
import type { FieldSpec, QuestionSpec, RecordView, Spec } from "../src/wire.ts";
import { type Opened, openDesk } from "./desk/open_desk.ts";
import { FakeKernel, recordView } from "./fake_kernel.ts";
import { draw, erase } from "./fields/draw.ts";

const file = path.resolve(import.meta.dirname, "../../tests/cases/hostile.json");
const payloads: { kind: string; text: string }[] = JSON.parse(fs.readFileSync(file, "utf8")).payloads;
const kinds = [...new Set(payloads.map(({ kind }) => kind))];
// Where inline handlers run: not this module's global, but jsdom's.
const counter = (globalThis as unknown as { jsdom: { window: { __harmed: number } } }).jsdom.window;

const field = (type: string, more: Partial<FieldSpec> = {}): FieldSpec => ({
  name: "field",
  type,
  title: "Field",
  required: true,
  ...more,
});
/** How a text gets into a field of each kind. */
const SINKS: [string, FieldSpec, (text: string) => unknown][] = [
  ["plain text", field("text"), (text) => text],
  ["markdown", field("text", { use_markdown: true }), (text) => text],
  ["code", field("code", { language: "html" }), (text) => text],
  ["a code's language", field("code", { language: "x" }), (text) => text],
  ["a chat in markdown", field("chat", { use_markdown: true }), (text) => [{ role: "user", content: text }]],
  [
    "a chat's role, name and tool call",
    field("chat"),
    (text) => [{ role: text, name: text, content: text, tool_calls: [{ name: text, arguments: text }] }],
  ],
  ["a chat's picture", field("chat"), (text) => [{ role: "user", content: "", images: [text] }]],
  ["a table", field("table"), (text) => ({ columns: [text], rows: [[text]] })],
  ["a picture's address", field("image"), (text) => text],
  ["a picture's description", field("image"), (alt) => ({ url: "https://example.org/x.png", alt })],
];

/** Elements that the desk itself makes; anything else in it would be the payload's. */
const OURS =
  /^(a|b|blockquote|br|button|caption|center|code|dd|del|details|div|dl|dt|em|figure|font|footer|h[1-6]|header|hr|i|img|kbd|li|m\w+|ol|p|pre|s|section|small|span|strong|sub|summary|sup|table|tbody|td|textarea|th|thead|tr|tt|u|ul|input|label|article|nav|xmp|noembed|noframes|figcaption|main|time|q|cite|samp|var|address|aside|bdi|bdo|big|abbr|acronym|ins|mark|colgroup|col|tfoot|menu|nobr|ruby|rt|rp|rtc|rb|strike|wbr|data|dfn|dir|hgroup|search|font|iframe|svg|path|optgroup)$/;
const NEVER =
  "script, style, object, embed, applet, frame, frameset, form, link, meta, base, video, audio, source, track, template, dialog, marquee, foreignObject, annotation-xml, maction, mglyph, slot, use, animate, set";

function harmless(root: Element): void {
  expect(counter.__harmed).toBe(0);
  expect([...root.querySelectorAll(NEVER)].map((element) => element.outerHTML)).toEqual([]);
  for (const element of root.querySelectorAll("*")) {
    expect(element.localName).toMatch(OURS);
    for (const { name, value } of element.attributes) {
      expect(name, element.outerHTML).not.toMatch(
        /^(on|xlink|srcset|background|ping|formaction|data-command|autofocus|popover)/,
      );
      if (["href", "src", "data", "action"].includes(name))
        expect(value, element.outerHTML).toMatch(/^(https?:\/\/|mailto:|data:image\/)/);
      if (name === "style") expect(element.localName).toMatch(/^(iframe|button|span|div|label|i)$/);
    }
  }
  for (const link of root.querySelectorAll("a[href]")) expect(link.getAttribute("rel")).toContain("noopener");
}

/** Press whatever invites to be pressed. */
function pressAll(root: Element): void {
  for (const element of root.querySelectorAll<HTMLElement>("a, summary, [role=button], span, div, b, td")) {
    for (const type of ["pointerenter", "mouseover", "focus", "toggle"])
      element.dispatchEvent(new Event(type, { bubbles: true }));
    if (!element.matches("[data-fw-image]")) element.click();
  }
}

vi.setConfig({ testTimeout: 120_000 }); // jsdom is slow where the machine is busy
rich.value = { highlight: part.highlight, maths: part.maths };

beforeEach(() => {
  counter.__harmed = 0;
  vi.spyOn(console, "warn").mockImplementation(() => {}); // what is not TeX is told there
});
afterEach(() => {
  erase();
  vi.useRealTimers();
});

test("there are many payloads, and each is there once", () => {
  expect(payloads.length).toBeGreaterThanOrEqual(150);
  expect(new Set(payloads.map(({ text }) => text)).size).toBe(payloads.length);
});

test("jsdom would run what got through", () => {
  document.body.innerHTML = `<div onclick="__harmed++">x</div>`;
  document.body.querySelector<HTMLElement>("div")?.click();
  expect(counter.__harmed).toBe(1);
});

describe.each(SINKS)("in %s", (_where, spec, value) => {
  test.each(kinds)("nothing of kind %s does anything", async (kind) => {
    for (const { text } of payloads.filter((payload) => payload.kind === kind)) {
      const shownAs = spec.language === "x" ? { ...spec, language: text } : spec;
      const root = await draw(shownAs, value(text));
      pressAll(root);
      harmless(root);
      erase();
    }
  });
});

describe("in a custom field", () => {
  test("what a record holds is text in a plain template, and a string in an advanced one", () => {
    const look = { dark: false, ink: "#000", back: "#fff", font: "serif" };
    for (const { text } of payloads) {
      const record = { fields: { field: text } };
      const parts = (template: string, advanced: boolean) => {
        const html = source({ template, advanced, record, look });
        const made = new DOMParser().parseFromString(html, "text/html");
        return [...made.querySelectorAll("*")].map((element) => element.localName).join(" ");
      };
      const head = "html head meta meta meta style script";
      expect(parts("<p>{{record.fields.field}}</p>", false)).toBe(`${head} body p`);
      expect(parts("<p></p>", true)).toBe(`${head} script body p`);
    }
    expect(counter.__harmed).toBe(0);
  });
});

describe("around the record", () => {
  const hostile = (texts: string[]): { spec: Spec; record: RecordView } => {
    const text = texts.join("\n\n");
    const asked = { title: text, description: text, required: false };
    const options = texts.flatMap((each, at) => [
      { value: String(at), text: each },
      { value: each, text: "B" },
    ]);
    const questions: QuestionSpec[] = [
      { ...asked, name: "label", type: "label_selection", options, visible: null },
      { ...asked, name: "many", type: "multi_label_selection", options, visible: null },
      { ...asked, name: "order", type: "ranking", options },
      { ...asked, name: "text", type: "text", use_markdown: true },
      { ...asked, name: "rating", type: "rating", values: [1, 2], required: true },
    ];
    const fields = [{ ...field("text"), title: text }];
    const suggestions = {
      label: texts.map((agent) => ({ value: agent, score: 0.5, agent })),
      text: [{ value: text, score: null, agent: text }],
    };
    const metadata = { ...Object.fromEntries(texts.map((each) => [each, each])), nested: texts };
    return {
      spec: { guidelines: text, version: 1, fields, questions },
      record: { ...recordView(0), fields: { field: "x" }, metadata, suggestions },
    };
  };
  let desk: Opened;

  test.each(kinds)("nothing of kind %s does anything", async (kind) => {
    vi.useFakeTimers();
    const { spec, record } = hostile(payloads.filter((each) => each.kind === kind).map(({ text }) => text));
    const kernel = new FakeKernel({ spec, count: 1 });
    kernel.records = [record];
    desk = await openDesk(kernel);
    harmless(desk.root);
    desk.press("g");
    await desk.wait();
    harmless(desk.root);
    desk.close();
  });
});
