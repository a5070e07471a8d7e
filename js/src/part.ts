/** A part of the desk that is too heavy for every page: fetched once, through the kernel, when something on show needs it. */
import { type Signal, signal } from "@preact/signals";

/** Asks a kernel for the code of a part; null when that kernel has none. */
export type Source = () => Promise<string | null>;

export class Part<Module> {
  /** The part, once it is here. What is drawn with it is drawn again when it arrives. */
  readonly here: Signal<Module | null> = signal(null);
  #sources = new Set<Source>();
  #asking: Source | null = null;
  #wanted = false;
  #otherwise: string;

  /** @param otherwise what a page without the part does, for the console. */
  constructor(otherwise: string) {
    this.#otherwise = otherwise;
  }

  /** A desk has opened that can fetch the part; returns what to call when it closes. */
  from(source: Source): () => void {
    this.#sources.add(source);
    this.#ask();
    return () => {
      this.#sources.delete(source);
      if (this.#asking !== source) return;
      this.#asking = null; // its answer may never come
      this.#ask();
    };
  }

  /** Something on show needs the part. */
  want(): void {
    this.#wanted = true;
    this.#ask();
  }

  #ask(): void {
    const [source] = this.#sources;
    if (!this.#wanted || this.#asking || this.here.peek() || !source) return;
    this.#asking = source;
    source()
      .then((esm) => (esm === null ? null : load<Module>(esm)))
      .then((part) => {
        if (part) this.here.value = part;
      })
      .catch((error: unknown) => console.warn(this.#otherwise, error));
  }
}

async function load<Module>(esm: string): Promise<Module> {
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ url)) as Module;
  } finally {
    URL.revokeObjectURL(url);
  }
}
