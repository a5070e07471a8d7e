import { h, render } from "preact";
import { expect, test } from "vitest";
import { Markdown, markdown } from "../src/html.ts";

const ATTACKS = [
  "<img src=x onerror=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  "<a href='java\nscript:alert(1)'>x</a>",
  "[x](javascript:alert(1))",
  "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  "<template><img src=x onerror=alert(1)></template>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<a href="#" data-commandlinker-command="terminal:create-new">x</a>',
  "<style>.jp-Toolbar{display:none}</style>",
  '<p style="position:fixed;inset:0">x</p>',
  '<form action="https://elsewhere"><button>x</button></form>',
  '<b id="jp-main" class="jp-Toolbar" name="body">x</b>',
];

function elements(html: string): Element[] {
  const box = document.createElement("template");
  box.innerHTML = html;
  return [...box.content.querySelectorAll("*")];
}

test.each(ATTACKS)("nothing of %s is left that acts", (attack) => {
  for (const element of elements(markdown(attack))) {
    expect(element.localName).not.toMatch(/^(script|style|form|button|iframe|svg|math|template|img)$/);
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^(on.*|style|id|class|name|srcdoc|data-command.*)$/);
      expect(value).not.toMatch(/^\s*javascript:/i);
    }
  }
});

test("links open elsewhere and tell nothing", () => {
  const [link] = elements(markdown("[x](https://example.org)")).filter((each) => each.localName === "a");
  expect(link?.getAttribute("target")).toBe("_blank");
  expect(link?.getAttribute("rel")).toContain("noopener");
});

test("a remote picture is loaded only on click", () => {
  const el = document.createElement("div");
  render(h(Markdown, { text: "![a cat](https://tracker.example/cat.png)" }), el);
  expect(el.querySelector("img")).toBeNull();
  const stand = el.querySelector<HTMLElement>("[data-fw-image]");
  expect(stand?.textContent).toContain("tracker.example");
  stand?.click();
  expect(el.querySelector("img")?.getAttribute("src")).toBe("https://tracker.example/cat.png");
  expect(el.querySelector("img")?.alt).toBe("a cat");
});

test("markdown keeps what people write", () => {
  expect(markdown("# Hi\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")).toMatch(
    /<h1>Hi[\s\S]*<li>one[\s\S]*<td>2/,
  );
});
