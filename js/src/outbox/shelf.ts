import type { AnswerEvent } from "../wire.ts";

/** One answer on its way: kept until the kernel has acknowledged it, or a person has dismissed its refusal. */
export interface Entry {
  event: AnswerEvent;
  /** The record's place in the user's order, so that a refused answer's record can be fetched again. */
  index: number;
  /** When it entered the outbox, in ms since 1970. */
  at: number;
  /** Why the kernel refused it; null while it waits. */
  refused: string | null;
}

/**
 * The memory of one outbox, shared by everything in the page that uses the same key.
 *
 * Plain data on `globalThis`, because re-running a cell evaluates this module anew: the new desk must find the answers that the
 * old one could not deliver, also where the host has no IndexedDB. Listeners are told after each change.
 */
export interface Shelf {
  entries: Map<string, Entry>;
  listeners: Set<() => void>;
}

const SHELVES = Symbol.for("feedback_widgets.outbox.1");

export function shelfFor(key: string): Shelf {
  const page = globalThis as { [SHELVES]?: Map<string, Shelf> };
  page[SHELVES] ??= new Map();
  let shelf = page[SHELVES].get(key);
  if (!shelf) {
    shelf = { entries: new Map(), listeners: new Set() };
    page[SHELVES].set(key, shelf);
  }
  return shelf;
}
