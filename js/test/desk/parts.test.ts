import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as parts from "../../src/many/index.ts";
import { assemble, many, manyProblem } from "../../src/many.ts";
import { shared } from "../../src/shared.ts";
import { type Opened, openBare } from "./open_desk.ts";

let desk: Opened;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  desk?.close();
  many.value = null;
  manyProblem.value = "";
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const asked = () => desk.kernel.requests.filter(({ kind, part }) => kind === "source" && part === "many");

describe("what is fetched", () => {
  test("is fetched once the first record has been on show for a moment", async () => {
    desk = await openBare();
    expect(desk.all("record")).toHaveLength(1);
    expect(asked()).toHaveLength(0);
    await desk.wait(2000);
    expect(asked()).toHaveLength(1);
  });

  test("is waited for in words, and many records are shown when it comes", async () => {
    desk = await openBare();
    desk.press("b");
    await desk.wait(0);
    expect(desk.text("notice")).toBe("Waiting for the kernel…");
    expect(desk.all("record")).toHaveLength(1);
    many.value = parts;
    await desk.wait();
    expect(desk.all("row").length).toBeGreaterThan(10);
    expect(desk.text("notice")).toBe("");
  });

  test("is not waited for any more after a second press", async () => {
    desk = await openBare();
    desk.press("b", "b");
    many.value = parts;
    await desk.wait();
    expect(desk.all("bulk")).toHaveLength(0);
  });

  test("is missing in words where the kernel refuses it, and asked for again by the next press", async () => {
    desk = await openBare();
    desk.press("b");
    await desk.wait();
    expect(desk.text("notice")).toBe("Not shown: no such request: source.");
    const before = asked().length;
    desk.press("b");
    await desk.wait();
    expect(asked()).toHaveLength(before + 1);
  });

  test("leaves the box for words in place, where letters are typed meanwhile", async () => {
    desk = await openBare();
    desk.model.traps.hold = true;
    desk.press("/");
    await desk.wait(50);
    expect(document.activeElement).toBe(desk.at("find-text"));
    expect(desk.text("find-waits")).toBe("Waiting for the kernel…");
    expect(desk.all("find-add")).toHaveLength(0);
    many.value = parts;
    await desk.wait();
    expect(desk.all("find-waits")).toHaveLength(0);
    expect(desk.all("find-add")).toHaveLength(1);
    expect(document.activeElement).toBe(desk.at("find-text"));
  });
});

describe.each(["many", "review"])("the part %s, which is handed the desk's modules,", (part) => {
  const folder = path.resolve(import.meta.dirname, "../../src", part);
  const build = fs.readFileSync(path.resolve(folder, "../../build.mjs"), "utf8");
  const copied = new RegExp(/COPIED = \/(.*)\/;/.exec(build)?.[1] ?? "^$");
  const outside = fs.readdirSync(folder).flatMap((name) => {
    const code = fs.readFileSync(path.join(folder, name), "utf8");
    const imports = code.matchAll(/import (?!type )\{([^}]*)\} from "(?:\.\.\/)?([^"]+)"/g);
    return [...imports].filter(([, , from]) => !from?.startsWith("./") && !copied.test(`../${from}`));
  });

  test("finds all of them", () => {
    expect(outside.length).toBeGreaterThan(10);
    for (const [, names = "", from = ""] of outside)
      for (const name of names.split(",").map((each) => each.trim()))
        if (name && !name.startsWith("type "))
          expect([from, shared()[from]]).toEqual([
            from,
            expect.objectContaining({ [name]: expect.anything() }),
          ]);
  });

  test("is refused where it was built from other sources", () => {
    const built = {
      sources: "these",
      default: (_: unknown, module: { exports: object }) => {
        Object.assign(module, { exports: parts });
      },
    };
    expect(assemble(built)).toBe(parts);
    expect(() => assemble({ ...built, sources: "those" })).toThrow("reload the page");
  });
});
