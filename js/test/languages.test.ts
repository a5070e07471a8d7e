import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { SHORTCUTS } from "../src/keyboard/shortcuts.ts";
import de from "../src/languages/de.json";
import en from "../src/languages/en.json";
import es from "../src/languages/es.json";
import zh from "../src/languages/zh.json";
import { fetched, type Key, LANGUAGES, language, speak, t } from "../src/text.ts";

type Texts = Record<string, string | Record<string, string>>;
const english: Texts = en;
const others: Record<string, Texts> = { de, es, zh };
const source = path.resolve(import.meta.dirname, "../src");
const files = fs
  .readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({ name, code: withoutComments(fs.readFileSync(path.join(source, name), "utf8")) }));

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;{(])\/\/.*$/gm, "$1");
}

const formsOf = (text: string | Record<string, string> | undefined) =>
  typeof text === "object" ? Object.values(text) : [text ?? ""];
const slotsOf = (text: string | Record<string, string> | undefined) =>
  [...new Set(formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

afterEach(() => {
  fetched.value = null;
  speak(null);
});

describe.each(Object.entries(others))("%s", (name, texts) => {
  test("says all that English says, and nothing else", () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
  });

  test("names the same things in each text", () => {
    for (const key of Object.keys(english))
      expect([key, slotsOf(texts[key])]).toEqual([key, slotsOf(english[key])]);
  });

  test("has every plural form that its numbers take, and leaves no text empty", () => {
    const { pluralCategories } = new Intl.PluralRules(name).resolvedOptions();
    for (const [key, text] of Object.entries(texts)) {
      expect(
        formsOf(text).every((form) => form.trim() !== ""),
        key,
      ).toBe(true);
      if (typeof text === "object") expect(text.other, key).toBeTruthy();
      if (typeof text === "object")
        expect(
          Object.keys(text).every((form) => pluralCategories.includes(form as Intl.LDMLPluralRule)),
        ).toBe(true);
    }
  });
});

test.each(["many", "review"])("texts that travel with %s.js are named nowhere else", (part) => {
  const build = fs.readFileSync(path.resolve(source, "../build.mjs"), "utf8");
  const own = new RegExp(`const OWN = \\{.*"${part}\\.js": (\\[[^\\]]*\\])`);
  const starts = JSON.parse(own.exec(build)?.[1] ?? "[]") as string[];
  expect(starts).not.toEqual([]);
  for (const { name, code } of files)
    if (!name.startsWith(`${part}/`))
      expect([
        name,
        starts.filter((start) => ['"', "'", "`"].some((mark) => code.includes(mark + start))),
      ]).toEqual([name, []]);
});

test("every text is used somewhere", () => {
  const code = files.map((file) => file.code).join("\n");
  const families = [...code.matchAll(/`([\w.-]+[._-])\$\{/g)].map(([, begin]) => begin ?? "");
  const rows = new Set(SHORTCUTS.map(({ id }) => `key.${id}`));
  const unused = Object.keys(english).filter((key) => {
    if (key.startsWith("key.")) return !rows.has(key);
    if (["keys", "guidelines", "summary"].includes(key)) return false; // the panels, by their names
    return !code.includes(`"${key}"`) && !families.some((begin) => key.startsWith(begin));
  });
  expect(unused).toEqual([]);
});

test("every row of the sheet of keys has its text", () => {
  for (const { id } of SHORTCUTS) expect(english, id).toHaveProperty([`key.${id}`]);
});

/** What is no text of the desk: the console's, the document in a frame, the names of keys. */
const ALLOWED = [
  /labelling desk (shows|speaks)|not drawn:/i, // the console's
  /<!doctype html>|SECRET/, // the document in a frame, what wraps code and maths
  /^(Shift|Alt|Ctrl|Esc)\b[^.:]{0,16}$|`Alt\+/, // names of keys
  /^“\$\{[^“]*\}”$/, // only quoted
];

test("no text of the desk stands in the code", () => {
  const found = files.flatMap(({ name, code }) => {
    const sentences = [...code.matchAll(/(["`])([A-Z“][^"`\n]*[a-z]+ [^"`\n]*)\1/g)].map(
      ([, , text]) => text ?? "",
    );
    const attributes = [
      ...code.matchAll(/(?:aria-label|title|placeholder|alt)=("[^"]*[A-Za-z][^"]*"|\{`[^`]*\})/g),
    ].map(([whole]) => whole);
    const drawn = name.endsWith(".tsx")
      ? [...code.matchAll(/(?<![=-])>\s*([A-Z][\w ,.…:]*[a-z][^<>{}()=;]*)<\/?\w/g)].map(([, text]) =>
          (text ?? "").trim(),
        )
      : [];
    const lines = name.endsWith(".tsx")
      ? [...code.matchAll(/^\s+([A-Z][a-z]+(?: [a-z]+)*[….]?)(?: <kbd.*)?$/gm)].map(([, text]) => text ?? "")
      : [];
    const chosen = name.endsWith(".tsx")
      ? [...code.matchAll(/[?:] "([A-Z][a-z]+)"/g)].map(([, text]) => text ?? "")
      : [];
    return [...sentences, ...attributes, ...drawn, ...lines, ...chosen].map((text) => `${name}: ${text}`);
  });
  const allowed = (text: string) => ALLOWED.some((each) => each.test(text.replace(/^.*?: /, "")));
  expect(found.filter((text) => !allowed(text))).toEqual([]);
});

describe("the desk speaks", () => {
  test("English until another language is here, then that language with its plural forms", () => {
    speak("de-AT");
    expect(language.value).toBe("de");
    expect(t("records", { n: 1 })).toBe("1 record");
    fetched.value = { default: others };
    expect(t("records", { n: 1 })).toBe(
      (de as Texts).records && formsOf((de as Texts).records)[0]?.replace("{n}", "1"),
    );
    expect(t("records", { n: 12345 })).toContain("12.345");
    speak("zh");
    expect(t("records", { n: 2 })).toContain("2");
  });

  test("what was asked for, else what the page speaks, else what its reader reads, else English", () => {
    const page = document.documentElement;
    speak("xx");
    expect(language.value).toBe("en");
    page.lang = "es-MX";
    speak(null);
    expect(language.value).toBe("es");
    speak("zh");
    expect(language.value).toBe("zh");
    page.lang = "";
    speak(undefined);
    expect(language.value).toBe("en"); // the reader's, in jsdom
    expect(LANGUAGES).toEqual(["en", ...Object.keys(others)]);
  });

  test("a value that looks like a slot stays as it is", () => {
    expect(t("options.add", { label: "{label} {n}" })).toBe("Add “{label} {n}”");
    expect(t("no.such.text" as Key)).toBe("no.such.text");
  });
});
