import { h, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, test, vi } from "vitest";
import { colouredCode, Markdown, markdown } from "../src/html.ts";
import * as part from "../src/rich/index.ts";
import { rich } from "../src/rich.ts";

const hasPart = { highlight: part.highlight, maths: part.maths };

afterEach(() => {
  rich.value = null;
  document.body.replaceChildren();
});

function html(text: string, with_ = rich.peek()): string {
  const box = document.createElement("div");
  box.append(markdown(text, with_));
  return box.innerHTML;
}

function links(text: string): Element[] {
  return [...markdown(text).querySelectorAll("a")];
}

test("columns keep their side and lists their first number", () => {
  expect(html("| a | b |\n|---|--:|\n| 1 | 2 |")).toContain('<td align="right">2</td>');
  expect(html("3. third\n4. fourth")).toContain('<ol start="3">');
});

describe("what a record may not bring along", () => {
  const TAGS =
    "style form input button textarea select option fieldset label output template slot dialog marquee meter progress " +
    "audio video source track picture map area svg math iframe object embed link meta base script";
  test.each(TAGS.split(" "))("the tag %s", (tag) => {
    const box = markdown(`text\n\n<div>a<${tag} title="x">b</${tag}>c</div>`);
    expect(box.querySelector(tag)).toBeNull();
  });

  const ATTRIBUTES =
    "style id name class srcset background usemap ismap tabindex accesskey contenteditable autofocus popover " +
    "popovertarget role for data-commandlinker-command aria-label aria-hidden onclick";
  test.each(ATTRIBUTES.split(" "))("the attribute %s", (name) => {
    const box = markdown(
      `<p ${name}="color: red">a</p><img ${name}="x" src="data:image/png;base64,AA=="><b ${name}>c</b>`,
    );
    expect([...box.querySelectorAll("*")].filter((each) => each.hasAttribute(name))).toEqual([]);
    expect(box.textContent).toContain("a");
  });

  const ADDRESSES =
    "javascript:alert(1) data:text/html,x vbscript:x ftp://a.example/x tel:1 sms:1 cid:1 xmpp:a@b.c file:///etc/passwd blob:x";
  test.each(ADDRESSES.split(" "))("a link to %s", (address) => {
    const box = markdown(`<a href="${address}">here</a> and [there](${address})`);
    expect([...box.querySelectorAll("[href]")]).toEqual([]);
  });
});

test("a picture that was let in tells nobody where it was seen", async () => {
  const el = document.createElement("div");
  await act(() => render(h(Markdown, { text: "![x](https://tracker.example/cat.png)" }), el));
  el.querySelector<HTMLElement>("[data-fw-image]")?.click();
  const image = el.querySelector("img");
  expect(image?.getAttribute("referrerpolicy")).toBe("no-referrer");
});

test("links open elsewhere and tell nothing", () => {
  const [link] = links("[x](https://example.org)");
  expect(link?.getAttribute("target")).toBe("_blank");
  expect(link?.getAttribute("rel")).toContain("noopener");
});

test("links lead nowhere on the notebook's own server", () => {
  const own = [
    `[x](${location.origin}/logout)`,
    "[x](/logout)",
    "[x](//evil@localhost:3000/logout)",
    "[x](#top)",
    "[x](https://[)", // unreadable: it might lead anywhere
  ];
  for (const text of own) expect(links(text)[0]?.getAttribute("href"), text).toBeNull();
});

test("a remote picture is loaded only on click", async () => {
  const el = document.createElement("div");
  await act(() => render(h(Markdown, { text: "![a cat](https://tracker.example/cat.png)" }), el));
  expect(el.querySelector("img")).toBeNull();
  const stand = el.querySelector<HTMLElement>("[data-fw-image]");
  expect(stand?.textContent).toContain("tracker.example");
  stand?.click();
  expect(el.querySelector("img")?.getAttribute("src")).toBe("https://tracker.example/cat.png");
  expect(el.querySelector("img")?.alt).toBe("a cat");
});

test("what a data address holds is shown only where it is a picture", () => {
  expect(html("![x](data:text/html;base64,PGI+)")).toBe("<p><span>[picture: x]</span></p>\n");
  expect(html("![x](data:image/gif;base64,R0lG)")).toContain("<img");
});

test("a picture on the notebook's own server cannot be loaded at all", () => {
  for (const source of ["/logout", `${location.origin}/logout`, `//${location.host}/logout`])
    expect(html(`![x](${source})`)).toBe("<p><span>[picture: x]</span></p>\n");
});

test("markdown keeps what people write", () => {
  expect(html("# Hi\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")).toMatch(
    /<h1>Hi[\s\S]*<li>one[\s\S]*<td>2/,
  );
});

describe("code and maths", () => {
  test.each([
    ["inline", "so $a^2$ holds", "a^2"],
    ["between brackets", "so \\(a_1*b*c\\) holds", "a_1*b*c"],
    ["on lines of its own", "so\n\n$$\na < b\n$$\n\nholds", "a < b"],
    ["in square brackets", "\\[\nx\\]", "x"],
    ["in the middle of a line", "so $$x$$ holds", "x"],
  ])("maths %s is found, and shown as written until it can be drawn", (_where, text, tex) => {
    const [code] = markdown(text).querySelectorAll(".fw-maths code");
    expect(code?.textContent).toBe(tex);
  });

  test.each(["it costs $5 and then $6", "a $ b $ c", "`$x$`", "$20,000 and $30,000", "\\$x\\$"])(
    "money and code are no maths: %s",
    (text) => {
      expect(html(text)).not.toContain("fw-maths");
    },
  );

  test("the second part draws maths as MathML, and only of elements that show something", () => {
    const box = markdown(
      "$\\frac{a}{\\sqrt{b}} \\href{javascript:alert(1)}{x}$ and $\\sum_{i=1}^n i$",
      hasPart,
    );
    expect(box.querySelectorAll("math")).toHaveLength(1); // the other is not TeX that we trust: as written
    expect(box.querySelector("munderover, msubsup")).not.toBeNull();
    expect(box.querySelector("[href], [style], annotation")).toBeNull();
  });

  test("the second part colours code it knows the language of", () => {
    const box = markdown('```python\ndef f():\n    return "<b>"\n```', hasPart);
    expect(box.querySelector(".hljs-keyword")?.textContent).toBe("def");
    expect(box.querySelector("pre")?.textContent).toBe('def f():\n    return "<b>"');
    expect(html("```klingon\nqapla'\n```", hasPart)).not.toContain("hljs");
  });

  test("what is on show is drawn again when the second part arrives, with the same text", async () => {
    const el = document.createElement("div");
    await act(() => render(h(Markdown, { text: "```json\n[1, null]\n```" }), el));
    expect(el.querySelector("[class^=hljs]")).toBeNull();
    const before = el.textContent;
    await act(() => {
      rich.value = hasPart;
    });
    expect(el.querySelector("[class^=hljs]")).not.toBeNull();
    expect(el.textContent).toBe(before);
  });

  test("a second part gone bad can add nothing but colours and formulas", () => {
    const bad =
      '<img src=x onerror=alert(1)><span class="jp-Toolbar hljs-ok" style="position:fixed" id=x>k</span>';
    const evil = {
      highlight: () => bad,
      maths: () => `<math><mtext>${bad}</mtext><mi style="x" href="y">k</mi></math>`,
    };
    const box = markdown("```json\nx\n```\n\n$x$", evil);
    expect(box.querySelector("img, [style], [id], [href], [class*=jp]")).toBeNull();
    expect(box.querySelector(".hljs-ok")?.textContent).toBe("k");
  });

  test("what is not TeX, or leaves nothing to clean, is shown as it was written", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(markdown("\\(</code><img src=x onerror=__y++>\\)", hasPart).textContent).toContain("</code><img");
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
    expect(markdown("<frameset><frame src=x></frameset> and text").textContent).toContain("and text");
  });

  test("text cannot wrap a piece of its own", () => {
    const faked = html('<code title="secret:inline:">x</code>');
    expect(faked).toContain('<code title="secret:inline:">x</code>');
  });

  test("code that is too long to colour is shown plainly", () => {
    expect(colouredCode("x = 1\n".repeat(20_000), "python", hasPart)).toBeInstanceOf(Text);
  });
});
