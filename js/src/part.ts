/** A part of the desk that is too heavy for every page: fetched once, through the kernel, when something on show needs it. */
import { type Signal, signal } from "@preact/signals";
import type { Link } from "./desk/link.ts";

/** Asks a kernel for the code of a part; rejects when that kernel has none. */
export type Source = () => Promise<string>;

/** `Loaded` is what the code exports, `Module` what the desk makes of it. */
export class Part<Module, Loaded = Module> {
  /** The part, once it is here. What is drawn with it is drawn again when it arrives. */
  readonly here: Signal<Module | null> = signal(null);
  /** Why it did not come. */
  readonly problem = signal("");
  #sources = new Set<Source>();
  #asking: Source | null = null;
  #wanted = false;
  #otherwise: string;
  #made: (loaded: Loaded) => Module;

  /**
   * @param otherwise what a page without the part does, for the console.
   * @param made makes the part of what its code exports, where it is not the same.
   */
  constructor(otherwise: string, made = (loaded: Loaded) => loaded as unknown as Module) {
    this.#otherwise = otherwise;
    this.#made = made;
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

  /** Something on show needs the part; `again` asks also where it did not come. */
  want(again = false): void {
    this.#wanted = true;
    if (again && this.problem.peek()) {
      this.problem.value = "";
      this.#asking = null;
    }
    this.#ask();
  }

  #ask(): void {
    const [source] = this.#sources;
    if (!this.#wanted || this.#asking || this.here.peek() || !source) return;
    this.#asking = source;
    source()
      .then((esm) => load<Loaded>(esm))
      .then((loaded) => {
        this.here.value = this.#made(loaded);
      })
      .catch((error: unknown) => {
        console.warn(this.#otherwise, error);
        this.problem.value = error instanceof Error ? error.message : String(error);
      });
  }
}

/** The way to the code of a part through one conversation with a kernel. */
export function sourceOf(link: Link, part: "rich" | "languages" | "many" | "review"): Source {
  return async () => {
    const reply = await link.ask("source", () => ({ part }));
    if (reply.kind === "source") return reply.esm;
    throw new Error(reply.kind === "refused" ? reply.reason : reply.kind);
  };
}

async function load<Module>(esm: string): Promise<Module> {
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ url)) as Module;
  } finally {
    URL.revokeObjectURL(url);
  }
}
