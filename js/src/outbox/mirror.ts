import type { Entry } from "./shelf.ts";

const NAME = "feedback_widgets";
const STORE = "outbox";

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

  constructor(key: string, broken: () => void) {
    this.#key = key;
    this.#broken = broken;
    this.#database = this.#open();
  }

  /** Everything kept under this key, oldest first. */
  async load(): Promise<Entry[]> {
    const range = () => IDBKeyRange.bound([this.#key], [this.#key, []]);
    const entries = (await this.#run("readonly", (store) => store.getAll(range()))) as Entry[] | null;
    return (entries ?? []).sort((one, other) => one.at - other.at);
  }

  put(entries: Entry[]): void {
    this.#each(entries, (store, entry) => store.put(entry, [this.#key, entry.event.event]));
  }

  remove(events: string[]): void {
    this.#each(events, (store, event) => store.delete([this.#key, event]));
  }

  /** All of them in one transaction. */
  #each<Item>(items: Item[], work: (store: IDBObjectStore, item: Item) => IDBRequest): void {
    if (!items.length) return;
    void this.#run("readwrite", (store) => items.map((item) => work(store, item)).at(-1) as IDBRequest);
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
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = fail; // quota, or the origin's storage was cleared
      } catch {
        fail(); // the database was closed under us
      }
    });
  }
}
