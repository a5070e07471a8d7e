/** A text's places: the kernel counts Unicode code points, the browser UTF-16 units. */
export interface Points {
  /** The number of code points before a UTF-16 unit. */
  point(unit: number): number;
  /** The UTF-16 unit at which a code point begins. */
  unit(point: number): number;
}

const same: Points = { point: (unit) => unit, unit: (point) => point };

/** How to count in `text`; where both count alike, nothing is stored. */
export function pointsOf(text: string): Points {
  // A lone half of a pair is one code point on both sides; only whole pairs make a difference.
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return same;
  const units: number[] = []; // code point -> unit
  const points = new Uint32Array(text.length + 1); // unit -> code point
  let unit = 0;
  for (const character of text) {
    points.fill(units.length, unit, unit + character.length);
    units.push(unit);
    unit += character.length;
  }
  points[unit] = units.length;
  units.push(unit);
  const within = (at: number, last: number) => Math.min(Math.max(0, at), last);
  return {
    point: (at) => points[within(at, text.length)] ?? 0,
    unit: (at) => units[within(at, units.length - 1)] ?? 0,
  };
}
