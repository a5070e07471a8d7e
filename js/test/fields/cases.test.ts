import fs from "node:fs";
import path from "node:path";
import axe from "axe-core";
import { afterEach, describe, expect, test } from "vitest";
import { fieldTypes } from "../../src/registry.ts";
import type { FieldSpec } from "../../src/wire.ts";
import { draw, erase, shown } from "./draw.ts";

const folder = path.resolve(import.meta.dirname, "../../../tests/cases/fields");

interface Cases {
  type: string;
  cases: { spec: FieldSpec; good: { stored: unknown; shows: string[] }[] }[];
}

const files = fs.readdirSync(folder).filter((name) => name.endsWith(".json"));
const all = files.map((name): Cases => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")));

afterEach(() => erase());

test("every field type of the desk has a case file, and every case file a field type", () => {
  expect(files.map((name) => name.replace(".json", "")).sort()).toEqual([...fieldTypes.keys()].sort());
});

describe.each(all)("$type", ({ cases }) => {
  const each = cases.flatMap(({ spec, good }) => good.map((value, at) => ({ spec, ...value, at })));

  test.each(each)("shows what the kernel stores ($at)", async ({ spec, stored, shows }) => {
    const root = await draw(spec, stored);
    for (const words of shows) expect(shown(root)).toContain(words);
  });

  test("is clean by axe", async () => {
    for (const { spec, stored } of each) {
      const root = await draw(spec, stored);
      // A frame of another origin is looked at in a browser; jsdom has no layout for contrast.
      const { violations } = await axe.run(root, {
        iframes: false,
        rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
      });
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
      erase();
    }
  });
});
