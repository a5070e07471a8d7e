/** The same order for the same person and record, wherever and whenever it is shown; another for others. */
export function drawnOrder(names: string[], ...seed: string[]): string[] {
  const next = numbers(seed.join("\u0000"));
  const order = [...names];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other] as string, order[at] as string];
  }
  return order;
}

/** Numbers from 0 to 1 that follow from a text: FNV-1a hashes it, mulberry32 draws. Both are stable for ever. */
function numbers(text: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
