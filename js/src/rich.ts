/** The second part of the desk, with what is too heavy for every page: maths and coloured code. Fetched once, through the kernel. */
import { signal } from "@preact/signals";

export interface Rich {
  /** Program text as HTML of `<span class="hljs-…">`; null for a language it does not know. */
  highlight(code: string, language: string): string | null;
  /** TeX as MathML; null where it cannot be read. */
  maths(tex: string, display: boolean): string | null;
}

/** Asks a kernel for the code of the second part; null when that kernel has none. */
export type Source = () => Promise<string | null>;

/** The second part, once it is here. What is drawn with it is drawn again when it arrives. */
export const rich = signal<Rich | null>(null);

const sources = new Set<Source>();
let asking: Source | null = null;
let wanted = false;

/** A desk has opened that can fetch the second part; returns what to call when it closes. */
export function richFrom(source: Source): () => void {
  sources.add(source);
  ask();
  return () => {
    sources.delete(source);
    if (asking !== source) return;
    asking = null; // its answer may never come
    ask();
  };
}

/** Something on show needs the second part. */
export function wantRich(): void {
  wanted = true;
  ask();
}

function ask(): void {
  const [source] = sources;
  if (!wanted || asking || rich.peek() || !source) return;
  asking = source;
  source()
    .then((esm) => (esm === null ? null : load(esm)))
    .then((part) => {
      if (part) rich.value = part;
    })
    .catch((error: unknown) => console.warn("The labelling desk shows maths and code plainly:", error));
}

async function load(esm: string): Promise<Rich> {
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ url)) as Rich;
  } finally {
    URL.revokeObjectURL(url);
  }
}
