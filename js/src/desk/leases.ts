import { uuid } from "../wire.ts";
import type { Link } from "./link.ts";

/** Where records wait for others, the queue is looked at again after so many ms. */
const LOOK_AGAIN = 10_000;
/** A lease is renewed after this part of its life. */
const BEATS = 5;

export interface Lease {
  seconds: number;
  records: number;
}

interface Holder {
  /** The records that this page holds. */
  held(): string[];
  /** Others have these by now. */
  lost(records: string[]): void;
  /** Nothing is left but what others hold: look again. */
  again(): void;
}

/**
 * Holds this page's records for as long as its annotator is at work: a page in a forgotten tab, or one whose annotator went
 * home, renews nothing, and others get its records when the leases end.
 */
export class Leases {
  #link: Link;
  #holder: Holder;
  #lease: Lease | null = null;
  #active = Date.now();
  #beaten = Date.now();
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(link: Link, holder: Holder) {
    this.#link = link;
    this.#holder = holder;
  }

  start(lease: Lease | null): void {
    this.#lease = lease;
    if (!lease || this.#timers.length) return;
    this.#active = this.#beaten = Date.now();
    this.#timers = [
      setInterval(() => this.#awake() && this.#beat(), this.#every),
      setInterval(() => isVisible() && this.#holder.again(), LOOK_AGAIN),
    ];
  }

  /** The annotator pressed a key, moved, scrolled. Who was away for long asks at once what is left. */
  active(): void {
    this.#active = Date.now();
    const late = this.#active - this.#beaten > 1.5 * this.#every;
    if (this.#timers.length && late && isVisible()) this.#beat();
  }

  /** Let others have everything at once. Best effort: what does not arrive ends by itself. */
  release(): void {
    const records = this.#lease ? this.#holder.held() : [];
    if (records.length) this.#link.post("release", { records }, uuid());
    this.#beaten = 0; // should the page come back, it asks anew
  }

  stop(): void {
    this.release();
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  get #every(): number {
    return (1000 * (this.#lease?.seconds ?? 0)) / BEATS;
  }

  #awake(): boolean {
    return isVisible() && Date.now() - this.#active < 1000 * (this.#lease?.seconds ?? 0);
  }

  #beat(): void {
    this.#beaten = Date.now();
    const records = this.#holder.held();
    if (!records.length) return;
    void this.#link
      .ask("renew", () => ({ records }))
      .then((reply) => {
        if (reply.kind === "renewed" && reply.lost.length) this.#holder.lost(reply.lost);
      });
  }
}

function isVisible(): boolean {
  return document.visibilityState !== "hidden";
}
