/** What a reviewer did and the kernel has not answered: `body` holds its event, by which the kernel knows it again. */
export interface Told {
  kind: string;
  body: { event: string; [name: string]: unknown };
}

/**
 * What was told to the kernel, kept by the browser until the answer is there: a page that is loaded again tells it once more.
 *
 * Each act lies under a name of its own, so that two pages of one reviewer never take away what the other waits for. Where the
 * browser keeps nothing (a frame without an origin), an act is told again only as long as its page is open.
 */
export class Unheard {
  #prefix: string;

  constructor(dataset: string, user: string) {
    this.#prefix = `feedback_widgets/review/${dataset}/${user}/`;
  }

  /** Everything that an earlier page did not hear of again. */
  left(): Told[] {
    return withStore<Told[]>([], (store) => {
      const names = Object.keys(store).filter((name) => name.startsWith(this.#prefix));
      return names.map((name) => JSON.parse(store.getItem(name) as string) as Told);
    });
  }

  put(told: Told): void {
    withStore(undefined, (store) => store.setItem(this.#prefix + told.body.event, JSON.stringify(told)));
  }

  remove({ body }: Told): void {
    withStore(undefined, (store) => store.removeItem(this.#prefix + body.event));
  }
}

/** Use the browser's store for this origin; `otherwise` where the page may not have one, or it is full. */
function withStore<T>(otherwise: T, use: (store: Storage) => T): T {
  try {
    return use(globalThis.localStorage);
  } catch (error) {
    if (error instanceof DOMException) return otherwise;
    throw error;
  }
}
