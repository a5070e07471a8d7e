import type { Entry } from "./shelf.ts";

const NAME = "feedback_widgets";
const STORE = "outbox";
/** So many ms after a key press its frame has been painted. */
const AFTER_PAINT = 20;

type Work = (store: IDBObjectStore) => IDBRequest;

/**
 * The outbox's copy in IndexedDB, for the time after a reload of the page.
 *
 * Hosts differ: private windows, webviews and sandboxed frames have no storage or take it away later. Every failure ends in
 * `broken`, after which the outbox lives in memory alone and the desk says so.
 */
export class Mirror {
  #key: string;
  #broken: () => void;
  #database: Promise<IDBDatabase | null>;
  #work: Work[] = [];

  constructor(key: string, broken: () => void) {
    this.#key = key;
    this.#broken = broken;
    this.#database = this.#open();
    addEventListener("pagehide", () => this.#write());
  }

  /** Everything kept under this key, oldest first. */
  async load(): Promise<Entry[]> {
    this.#write();
    const range = () => IDBKeyRange.bound([this.#key], [this.#key, []]);
    const entries = (await this.#run("readonly", (store) => store.getAll(range()))) as Entry[] | null;
    return (entries ?? []).sort((one, other) => one.at - other.at);
  }

  put(entries: Entry[]): void {
    this.#later(entries.map((entry) => (store) => store.put(entry, [this.#key, entry.event.event])));
  }

  remove(events: string[]): void {
    this.#later(events.map((event) => (store) => store.delete([this.#key, event])));
  }

  /** A transaction costs a millisecond that the next record would have to wait for: it begins when that has been painted. */
  #later(work: Work[]): void {
    if (!work.length) return;
    if (!this.#work.length) setTimeout(() => this.#write(), AFTER_PAINT);
    this.#work.push(...work);
  }

  /** All that has come up, in its order, in one transaction. */
  #write(): void {
    const work = this.#work.splice(0);
    if (work.length)
      void this.#run("readwrite", (store) => work.map((each) => each(store)).at(-1) as IDBRequest);
  }

  #open(): Promise<IDBDatabase | null> {
    return new Promise((resolve) => {
      const fail = () => {
        this.#broken();
        resolve(null);
      };
      try {
        const request = indexedDB.open(NAME, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onerror = fail;
        request.onblocked = fail;
        request.onsuccess = () => {
          request.result.onversionchange = () => request.result.close();
          resolve(request.result);
        };
      } catch {
        fail(); // no `indexedDB` here, or forbidden
      }
    });
  }

  async #run(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.#database;
    if (!database) return null;
    return new Promise((resolve) => {
      const fail = () => {
        this.#broken();
        resolve(null);
      };
      try {
        const transaction = database.transaction(STORE, mode, { durability: "relaxed" });
        const request = work(transaction.objectStore(STORE));
        transaction.commit(); // nothing follows: a page that is left has no time to find that out
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = fail; // quota, or the origin's storage was cleared
      } catch {
        fail(); // the database was closed under us
      }
    });
  }
}
