import type { View } from "./view.ts";

/** The second click of a double click comes within this many ms. */
const DOUBLE = 250;

/** Do what a click asks for, unless it is the second half of the double click that finished the record before. */
export function byMouse(view: View, work: () => void): void {
  if (performance.now() - view.finished.peek().at >= DOUBLE) work();
}
