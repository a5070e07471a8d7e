import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { questionTypes } from "../../src/registry.ts";
import type { QuestionSpec } from "../../src/wire.ts";

const folder = path.resolve(import.meta.dirname, "../../../tests/cases/questions");

interface Cases {
  type: string;
  cases: { spec: QuestionSpec; good: unknown[]; bad: { value: unknown; why: string }[] }[];
}

const files = fs.readdirSync(folder).filter((name) => name.endsWith(".json"));
const all = files.map((name): Cases => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")));

test("every question type of the desk has a case file, and every case file a question type", () => {
  expect(files.map((name) => name.replace(".json", "")).sort()).toEqual([...questionTypes.keys()].sort());
});

describe.each(all)("$type", ({ type, cases }) => {
  const check = questionTypes.get(type)?.check;

  test("accepts what the kernel accepts", () => {
    for (const { spec, good } of cases) {
      for (const value of good) expect(check?.(spec, value), JSON.stringify(value)).toBeNull();
    }
  });

  test("refuses what the kernel refuses, with a reason", () => {
    for (const { spec, bad } of cases) {
      for (const { value, why } of bad) {
        expect(check?.(spec, value), `${JSON.stringify(value)}: ${why}`).toMatch(/\w.*\.$/);
      }
    }
  });
});
