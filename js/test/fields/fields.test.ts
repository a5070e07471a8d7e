import { act } from "preact/test-utils";
import { afterEach, describe, expect, test, vi } from "vitest";
import cases from "../../../tests/cases/marks.json";
import { cutAt } from "../../src/fields/parts/fold.tsx";
import { heard, source } from "../../src/fields/parts/frame.ts";
import { fill } from "../../src/fields/parts/template.ts";
import { spots } from "../../src/marks.ts";
import type { FieldSpec } from "../../src/wire.ts";
import { draw, erase } from "./draw.ts";

const spec = (type: string, more: Partial<FieldSpec> = {}): FieldSpec => ({
  name: "field",
  type,
  title: "Field",
  required: true,
  ...more,
});
const button = (root: HTMLElement, name: string) => {
  const found = root.querySelector<HTMLElement>(`[data-fw=${name}]`);
  if (!found) throw new Error(`nothing has data-fw=${name}`);
  return found;
};

afterEach(() => {
  erase();
  vi.restoreAllMocks();
});

describe("long texts", () => {
  const long = "word ".repeat(2000);

  test.each(["text", "code"])("are folded and unfolded (%s)", async (type) => {
    const root = await draw(spec(type), long);
    expect(root.textContent?.length).toBeLessThan(4000);
    expect(button(root, "unfold").textContent).toContain("Show all 10,000 characters");
    await act(() => button(root, "unfold").click());
    expect(root.textContent).toContain(long.trim());
    await act(() => button(root, "unfold").click());
    expect(root.textContent?.length).toBeLessThan(4000);
  });

  test("are shown in full where a searched word is in the folded part", async () => {
    const root = await draw(spec("text"), `${long}NEEDLE`, ["needle"]);
    expect(root.textContent).toContain("NEEDLE");
  });

  test.each([
    ["a".repeat(4000), 4000],
    [`${"a".repeat(2600)}\n\n${"b".repeat(3000)}`, 2600],
    [`${"a".repeat(2990)} ${"b".repeat(3000)}`, 2990],
    ["a".repeat(5000), 3000],
    [`${"a".repeat(2999)}${"👍".repeat(2000)}`, 2999],
  ])("are cut between paragraphs, lines or words, never inside a character", (text, at) => {
    expect(cutAt(text)).toBe(at);
  });
});

describe("searched words", () => {
  test.each(cases.map(({ text, marks, hits }) => [marks, text, hits] as const))(
    "%j are marked in %j as the search finds them: as whole words",
    (marks, text, hits) => {
      expect(spots(text, marks).map(([start, end]) => text.slice(start, end))).toEqual(hits);
    },
  );

  test.each([
    ["text", {}, "one needle"],
    ["text", { use_markdown: true }, "one **needle**"],
    ["code", {}, "needle = 1"],
    ["table", {}, { columns: ["needle"], rows: [["x"]] }],
    ["chat", { use_markdown: true }, [{ role: "user", content: "a needle" }]],
  ])("are marked in a field of type %s %o, and unmarked again", async (type, more, value) => {
    const root = await draw(spec(type, more), value, ["needle"]);
    expect([...root.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["needle"]);
    erase();
    const again = await draw(spec(type, more), value, []);
    expect(again.querySelector("mark")).toBeNull();
  });
});

describe("chats", () => {
  test("draw far messages only when they come near", async () => {
    const near: (() => void)[] = [];
    vi.stubGlobal(
      "IntersectionObserver",
      class {
        constructor(seen: (entries: object[]) => void) {
          near.push(() => seen([{ isIntersecting: true }]));
        }
        observe() {}
        disconnect() {}
      },
    );
    const messages = Array.from({ length: 25 }, (_, at) => ({ role: "user", content: `**bold** ${at}` }));
    const root = await draw(spec("chat", { use_markdown: true }), messages);
    expect(root.querySelectorAll("strong")).toHaveLength(20);
    expect(root.textContent).toContain("**bold** 24");
    await act(() => near.at(-1)?.());
    expect(root.querySelectorAll("strong")).toHaveLength(21);
    vi.unstubAllGlobals();
  });

  const long = Array.from({ length: 500 }, (_, at) => ({ role: "user", content: `number ${at}.` }));

  test("of very many messages the first and the last are shown, and all of them on demand", async () => {
    const root = await draw(spec("chat"), long);
    const shown = () => [...root.querySelectorAll(".fw-message")].map((each) => each.textContent);
    expect(shown()).toHaveLength(24);
    expect(shown()[7]).toContain("number 7.");
    expect(shown()[8]).toContain("number 484.");
    expect(button(root, "unfold").textContent).toContain("Show all 500 messages");
    await act(() => button(root, "unfold").click());
    expect(shown()).toHaveLength(500);
    await act(() => button(root, "unfold").click());
    expect(shown()).toHaveLength(24);
  });

  test("a searched word in a folded message unfolds them", async () => {
    const hit = await draw(spec("chat"), long, ["250"]);
    expect(hit.querySelectorAll(".fw-message")).toHaveLength(500);
    const none = await draw(spec("chat"), long, ["499"]);
    expect(none.querySelectorAll(".fw-message")).toHaveLength(24);
  });
});

describe("tables", () => {
  test("longer than 200 rows are folded", async () => {
    const rows = Array.from({ length: 450 }, (_, at) => [at]);
    const root = await draw(spec("table"), { columns: ["n"], rows });
    expect(root.querySelectorAll("tbody tr")).toHaveLength(200);
    await act(() => button(root, "unfold").click());
    expect(root.querySelectorAll("tbody tr")).toHaveLength(450);
  });
});

describe("pictures", () => {
  const DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

  test("are enlarged by a click, and Escape closes them without answering", async () => {
    const root = await draw(spec("image"), { url: DOT, alt: "A dot" });
    expect(root.querySelector("img")?.alt).toBe("A dot");
    await act(() => button(root, "picture").click());
    const large = button(root, "large");
    expect(document.activeElement).toBe(large);
    const keys = vi.fn();
    root.addEventListener("keydown", keys);
    large.dispatchEvent(new KeyboardEvent("keydown", { key: "3", bubbles: true }));
    await act(() => {
      large.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    });
    expect(root.querySelector("[data-fw=large]")).toBeNull();
    expect(keys).not.toHaveBeenCalled();
  });

  test.each([
    "javascript:alert(1)",
    "/logout",
    `${location.origin}/logout`,
    "data:text/html;base64,PGI+",
    "https://[",
    "blob:x",
  ])("are not asked for at %s", async (url) => {
    const root = await draw(spec("image"), url);
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toContain("not the address of a picture");
  });

  test("of the web tell their server nothing about the page, small and large", async () => {
    const root = await draw(spec("image"), "https://pictures.example/x.png");
    await act(() => button(root, "picture").click());
    const images = [...root.querySelectorAll("img")];
    expect(images.map((image) => image.getAttribute("referrerpolicy"))).toEqual([
      "no-referrer",
      "no-referrer",
    ]);
  });

  test("that cannot be loaded say where they would have come from", async () => {
    const root = await draw(spec("image"), "https://pictures.example/x.png");
    await act(() => {
      root.querySelector("img")?.dispatchEvent(new Event("error"));
    });
    expect(root.textContent).toContain("pictures.example cannot be loaded");
  });
});

describe("templates", () => {
  const record = { fields: { f: { a: "<i>&'\"`", list: [{ n: 1 }, { n: 2 }], none: [], deep: { x: 0 } } } };

  test.each([
    ["{{record.fields.f.a}}", "&lt;i&gt;&amp;&#39;&quot;&#96;"],
    ["{{{record.fields.f.a}}}", "&lt;i&gt;&amp;&#39;&quot;&#96;"],
    ["{{ record.fields.f.deep.x }}", "0"],
    ["{{record.fields.f.missing.x}}", ""],
    ["{{record.fields.f.deep}}", "{&quot;x&quot;:0}"],
    ["{{#each record.fields.f.list}}{{@index}}={{n}}={{this.n}};{{/each}}", "0=1=1;1=2=2;"],
    ["{{#each record.fields.f.deep}}{{@key}}:{{this}}{{/each}}", "x:0"],
    ["{{#each record.fields.f.none}}x{{else}}none{{/each}}", "none"],
    ["{{#if record.fields.f.none}}x{{else}}no{{/if}}", "no"],
    ["{{#unless record.fields.f.none}}x{{/unless}}", "x"],
    ["{{#each record.fields.f.list}}{{#if @first}}{{record.fields.f.deep.x}}{{/if}}{{/each}}", "0"],
    ["{{record.constructor.name}}{{record.fields.f.list.__proto__}}", ""],
    ["{{constructor}}{{toString}}{{__proto__}}", ""],
    ["a < b { c } }}", "a < b { c } }}"],
  ])("%s", (template, text) => {
    expect(fill(template, record)).toBe(text);
  });
});

describe("frames", () => {
  const look = { dark: false, ink: "#000", back: "#fff", font: "serif" };

  test("let no script of a plain template or of a record run", () => {
    const html = source({ template: "<script>x()</script>", advanced: false, record: {}, look });
    const [nonce, other] = [html, source({ template: "", advanced: false, record: {}, look })].map(
      (each) => /script-src 'nonce-([\w-]{36})';/.exec(each)?.[1],
    );
    expect(html).toContain(`<script nonce="${nonce}">`);
    expect(other).not.toBe(nonce); // or a record could know it
  });

  test.each([true, false])("reach nothing outside, advanced (%s) or plain", (advanced) => {
    const html = source({ template: "", advanced, record: {}, look });
    const written = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
    expect(
      written
        .replace(/nonce-[\w-]+/, "nonce")
        .split("; ")
        .sort(),
    ).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "font-src data:",
      "form-action 'none'",
      "img-src data: blob:",
      "media-src data: blob:",
      advanced ? "script-src 'unsafe-inline'" : "script-src 'nonce'",
      "style-src 'unsafe-inline'",
    ]);
    expect(html).toContain('<meta name="referrer" content="no-referrer">');
  });

  test("take the page's font as a font, whatever it is called", () => {
    const named = { ...look, font: '"a</style><script>x()</script>;}b{"' };
    const html = source({ template: "", advanced: false, record: {}, look: named });
    expect(html).toContain(`font:15px/1.6 "a/stylescriptx()/scriptb"}`);
  });

  test("hand the record to an advanced template as JSON that cannot end its script", () => {
    const nasty = { a: "</script><script>x()</script><!--\u2028" };
    const html = source({ template: "", advanced: true, record: nasty, look });
    const given = /const record = (.*);<\/script>/.exec(html)?.[1] ?? "";
    expect(given).not.toMatch(/[<>\u2028]/);
    expect(JSON.parse(given)).toEqual(nasty);
  });

  test("stay when the page tells its theme again, and are drawn anew in another theme", async () => {
    const root = await draw(spec("custom", { template: "<b>x</b>" }), "x");
    const frame = root.querySelector("iframe");
    await tell(root, "light");
    const before = frame?.srcdoc;
    await tell(root, "light");
    expect(frame?.srcdoc).toBe(before);
    await tell(root, "dark");
    expect(frame?.srcdoc).toContain("color-scheme:dark");
  });

  test("are of another origin, and heard only about their height and Escape", async () => {
    const root = await draw(spec("custom", { template: "<b>x</b>", advanced_mode: true }), "x");
    const frame = root.querySelector("iframe");
    expect(frame?.getAttribute("sandbox")).toBe("allow-scripts");
    expect(frame?.getAttribute("allow")).toBe("");
    expect(frame?.getAttribute("referrerpolicy")).toBe("no-referrer");
    const say = (from: Window | null | undefined) =>
      act(() => {
        const data = { fw: { height: 333 } };
        window.dispatchEvent(new MessageEvent("message", { data, source: from ?? null }));
      });
    await say(window);
    expect(frame?.style.height).toBe("120px");
    await say(frame?.contentWindow);
    expect(frame?.style.height).toBe("333px");
  });

  test.each([
    [{ fw: { height: 1e9 } }, { height: 4000 }],
    [{ fw: { height: -5 } }, { height: 24 }],
    [{ fw: { height: "9em; position: fixed" } }, {}],
    [{ fw: { height: Number.NaN } }, {}],
    [{ fw: { escape: "yes" } }, {}],
    [{ fw: { escape: true } }, { escape: true }],
    [null, {}],
    ["x", {}],
  ])("may say %o and no more", (data, understood) => {
    expect(heard(data)).toEqual(understood);
  });
});

async function tell(root: HTMLElement, theme: string): Promise<void> {
  await act(async () => {
    root.dataset.theme = theme;
    await new Promise((done) => setTimeout(done)); // observers are told after the present task
  });
}
