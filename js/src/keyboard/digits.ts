/** Digits typed within this many ms of each other are one number. */
export const DIGIT_PAUSE = 300;

/**
 * Turns digit keys into option numbers. A digit that can only mean one option counts at once; "1" where there is also a "10"
 * waits for a second digit, or for any other key.
 */
export class Digits {
  #typed = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settle: (() => void) | null = null;

  /** True while digits wait for more. */
  get waiting(): boolean {
    return this.#settle !== null;
  }

  /** `pick` is called with the index in `numbers`, now or after the pause. */
  press(digit: string, numbers: string[], pick: (at: number) => void): void {
    const longer = this.#typed + digit;
    if (this.#typed && !numbers.some((number) => number.startsWith(longer))) this.settle();
    this.#forget(this.#typed + digit);
    const typed = this.#typed;
    const at = numbers.indexOf(typed);
    if (!numbers.some((number) => number.startsWith(typed))) return this.#forget("");
    this.#settle = () => at >= 0 && pick(at);
    if (!numbers.some((number) => number !== typed && number.startsWith(typed))) return this.settle();
    this.#timer = setTimeout(() => this.settle(), DIGIT_PAUSE);
  }

  /** What was typed so far is the number. */
  settle(): void {
    const settle = this.#settle;
    this.#forget("");
    settle?.();
  }

  #forget(typed: string): void {
    clearTimeout(this.#timer);
    this.#typed = typed;
    this.#settle = null;
  }
}
