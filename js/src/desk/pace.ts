import { signal } from "@preact/signals";
import { t } from "../text.ts";

/** Who does nothing for longer than this many ms is not at work. */
const IDLE = 120_000;
/** The pace is that of so many records at most, and is not told before so many. */
const NEWEST = 20;
const FIRST = 5;

/** How long an annotator works on a record, and what this session has come to. Gaps of more than two minutes do not count. */
export class Pace {
  /** What was done in this view since it was opened. */
  readonly done = signal({ submitted: 0, discarded: 0, skipped: 0 });
  /** Time spent on each finished record, in ms, the newest last. */
  readonly times = signal<number[]>([]);
  #spent = 0;
  #last = Date.now();

  /** A record is shown. */
  begin(): void {
    this.#spent = 0;
    this.#last = Date.now();
  }

  /** The annotator does something. */
  touch(): void {
    const now = Date.now();
    if (now - this.#last <= IDLE) this.#spent += Math.max(0, now - this.#last);
    this.#last = now;
  }

  /** Active time on this record so far, in ms. */
  spent(): number {
    this.touch();
    return this.#spent;
  }

  finish(how: "submitted" | "discarded" | "skipped"): void {
    const done = this.done.peek();
    this.done.value = { ...done, [how]: done[how] + 1 };
    if (how !== "skipped") this.times.value = [...this.times.peek(), this.spent()];
  }

  /** Median time of the newest records, in seconds; null before there are enough of them. */
  get seconds(): number | null {
    const newest = this.times.value.slice(-NEWEST).sort((one, other) => one - other);
    if (newest.length < FIRST) return null;
    const middle = newest.length / 2;
    const [low = 0, high = 0] = [newest[Math.ceil(middle) - 1], newest[Math.floor(middle)]];
    return (low + high) / 2000;
  }
}

/** "2.1 s a record, about 12 minutes left" */
export function paceInWords(seconds: number, left: number): string {
  const each = seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds));
  if (!left) return t("pace", { each });
  const minutes = Math.round((seconds * left) / 60);
  if (minutes < 1) return t("pace.soon", { each });
  if (minutes < 90) return t("pace.minutes", { each, n: minutes });
  const hours = Math.round(minutes / 60);
  return t("pace.hours", { each, n: hours });
}

/** "3 minutes", "40 seconds" */
export function timeInWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return t("time.seconds", { n: seconds });
  return t("time.minutes", { n: Math.round(seconds / 60) });
}
