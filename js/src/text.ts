/** The desk's own words, in the language of whoever reads them. What the kernel says, and what a record holds, is not translated. */
import { computed, effect, signal } from "@preact/signals";
import en from "./languages/en.json";
import { Part, type Source } from "./part.ts";

export type Key = keyof typeof en;
/** One text per plural form of `{n}`, where forms differ. */
type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;
export type Texts = Partial<Record<Key, string | Forms>>;

/** What the desk speaks; English is in every page, the others are fetched. */
export const LANGUAGES = ["en", "de", "es", "zh"];

/** Without the texts that come with a part: build.mjs leaves these out of desk.js. */
const english = signal<Texts>(en);
const others = new Part<{ default: Record<string, Texts> }>("The labelling desk speaks English:");
/** Languages in the order of preference, as BCP 47 writes them. */
const wishes = signal<string[]>([]);

/** The language that is wished for, as far as the desk speaks it. */
export const language = computed(() => {
  const bases = wishes.value.map((wish) => wish.toLowerCase().split(/[-_]/)[0] ?? "");
  return bases.find((base) => LANGUAGES.includes(base)) ?? "en";
});

/** The language spoken now: English until another is here. */
const spoken = computed(() => {
  const texts = others.here.value?.default[language.value];
  return texts ? { name: language.value, texts } : { name: "en", texts: english.value };
});

/**
 * Speak the language that was asked for, else that of the page around the desk, else one that the browser's user reads.
 * This module speaks one language at a time: a page has a copy of the code for each that its desks were asked to speak.
 */
export function speak(asked: string | null | undefined): void {
  const given = [asked, document.documentElement.lang, ...(navigator.languages ?? [])];
  wishes.value = given.filter((wish): wish is string => typeof wish === "string" && wish !== "");
}

/** A desk has opened that can fetch languages; returns what to call when it closes. */
export function languagesFrom(source: Source): () => void {
  return others.from(source);
}

/** A part of the desk has come, with the English texts that only it needs. */
export function learn(texts: Texts): void {
  english.value = { ...english.peek(), ...texts };
}

/** For tests, which fetch nothing. */
export const fetched = others.here;

effect(() => {
  if (language.value !== "en") others.want();
});

/**
 * A text of the desk, with `{name}` replaced by the value of that name. Where a text has plural forms, `n` chooses.
 *
 * @example t("options.all", { n: 40 }) // "Show all 40 options"
 */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const { name, texts } = spoken.value;
  const text = texts[key] ?? english.value[key] ?? key;
  const form = typeof text === "string" ? text : (text[plural(name, values.n)] ?? text.other ?? "");
  return form.replace(/\{(\w+)\}/g, (whole, slot: string) => {
    const value = values[slot];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** A number as the language writes it. */
export function number(value: number): string {
  return written(spoken.value.name).number.format(value);
}

function plural(language: string, n: string | number | undefined): Intl.LDMLPluralRule {
  return written(language).plural.select(Number(n ?? 0));
}

/** Making one of these takes longer than all the rest of a text. */
const rules = new Map<string, { number: Intl.NumberFormat; plural: Intl.PluralRules }>();

function written(language: string) {
  const known = rules.get(language);
  if (known) return known;
  const made = { number: new Intl.NumberFormat(language), plural: new Intl.PluralRules(language) };
  rules.set(language, made);
  return made;
}
