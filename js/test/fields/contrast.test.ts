import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

type Colour = [number, number, number];

const css = ["theme.css", "fields/fields.css", "rich/rich.css"]
  .map((name) => fs.readFileSync(path.join(import.meta.dirname, "../../src", name), "utf8"))
  .join("\n");

/** The hexadecimal values of the desk's own variables in one theme; a host's variables give way to their fallbacks. */
function variables(theme: "light" | "dark"): Map<string, string> {
  const selectors = theme === "light" ? [".fw-desk"] : [".fw-desk", '.fw-desk[data-theme="dark"]'];
  const found = new Map<string, string>();
  for (const [, selector = "", body = ""] of css.matchAll(/(?:^|\n)([^{}\n]+) \{([^{}]*)\}/g))
    if (selectors.includes(selector))
      for (const [, name = "", value = ""] of body.matchAll(/(--fw-[\w-]+):[^;]*?(#[0-9a-f]{3,6})\b/g))
        found.set(name, value);
  return found;
}

function colour(hex: string): Colour {
  const whole = hex.length === 4 ? [...hex.slice(1)].map((each) => each + each).join("") : hex.slice(1);
  return [0, 2, 4].map((at) => Number.parseInt(whole.slice(at, at + 2), 16)) as Colour;
}

function luminance(given: Colour): number {
  const [r, g, b] = given.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Colour;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const mixed = (ink: Colour, share: number, back: Colour) =>
  ink.map((each, at) => each * share + (back[at] ?? 0) * (1 - share)) as Colour;

const KINDS = ["word", "text", "number", "name"];
// What JupyterLab's own themes put behind the desk, and on it.
const HOSTS = {
  light: { back: "#ffffff", ink: "#000000" },
  dark: { back: "#111111", ink: "#ffffff" },
  "dark, before Lab 4.3": { back: "#212121", ink: "#ffffff" },
};

describe.each(["light", "dark"] as const)("the colours of program text, %s", (theme) => {
  const own = variables(theme);
  const value = (name: string) => colour(own.get(name) ?? "");
  const grounds = [
    { host: "no host", back: value("--fw-back"), ink: value("--fw-ink") },
    ...Object.entries(HOSTS)
      .filter(([host]) => host.startsWith(theme))
      .map(([host, { back, ink }]) => ({ host, back: colour(back), ink: colour(ink) })),
  ];

  it.each(grounds)("are read easily on both grounds of $host", ({ back, ink }) => {
    const weak: string[] = [];
    for (const [ground, behind] of [
      ["plain", back],
      ["sunk", mixed(ink, 0.04, back)],
    ] as const) {
      const texts = KINDS.map((kind) => [kind, value(`--fw-code-${kind}`)] as const);
      for (const [kind, text] of [...texts, ["comment", mixed(ink, 0.68, back)] as const]) {
        const found = contrast(text, behind);
        if (!(found >= 4.5)) weak.push(`${kind} on ${ground}: ${found.toFixed(2)}`);
      }
    }
    expect(weak).toEqual([]);
  });

  it("leaves a search hit readable", () => {
    expect(contrast(value("--fw-ink"), value("--fw-mark"))).toBeGreaterThanOrEqual(4.5);
  });
});

it("takes its shares of ink from the style sheet", () => {
  expect(css).toContain("--fw-soft: color-mix(in srgb, var(--fw-ink) 68%, var(--fw-back))");
  expect(css).toContain("--fw-sunk: color-mix(in srgb, var(--fw-ink) 4%, var(--fw-back))");
  expect(new Set(css.match(/var\(--fw-code-\w+\)/g))).toEqual(
    new Set(KINDS.map((kind) => `var(--fw-code-${kind})`)),
  );
});
