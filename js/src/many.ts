/** The part of the desk for many records at once, and for the filters of the search bar. */
import { Part, type Source } from "./part.ts";
import { shared } from "./shared.ts";
import { learn, type Texts, t } from "./text.ts";

export type Parts = typeof import("./many/index.ts");

/** What static/many.js and static/review.js export: made by build.mjs around the index.ts of their folders. */
export interface Built {
  sources: string;
  default(need: (name: string) => object | undefined, module: { exports: object }): void;
}

/** The hash of the sources that this bundle was built from: build.mjs writes it in. */
declare const SOURCES: string;

/** @throws Error where the part was built from other sources than this desk: they would not fit together. */
export function assemble<Module extends { texts: Texts } = Parts>(built: Built): Module {
  if (built.sources !== SOURCES) throw new Error(t("part.other"));
  const module = { exports: {} };
  const all = shared();
  built.default((name) => all[name], module);
  const parts = module.exports as Module;
  learn(parts.texts);
  return parts;
}

const part = new Part<Parts, Built>("The labelling desk shows one record at a time:", assemble);

export const many = part.here;
/** Why it did not come, as far as that is known. */
export const manyProblem = part.problem;
export const manyFrom = (source: Source): (() => void) => part.from(source);
/** Fetch it, if that was not done; also a second time, if it did not come. */
export const wantMany = (): void => part.want(true);
