import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DIGIT_PAUSE, Digits } from "../../src/keyboard/digits.ts";
import { numbered } from "../../src/question.ts";

const ZERO_TO_TEN = Array.from({ length: 11 }, (_, value) => String(value));
let picked: number[] = [];
let digits = new Digits();

beforeEach(() => {
  vi.useFakeTimers();
  picked = [];
  digits = new Digits();
});
afterEach(() => {
  vi.useRealTimers();
});

function type(typed: string, numbers: string[]): void {
  for (const digit of typed) digits.press(digit, numbers, (at) => picked.push(at));
}

test("a digit that can mean only one option counts at once", () => {
  type("35", numbered(5));
  expect(picked).toEqual([2, 4]);
});

test("two digits in quick succession are one number", () => {
  type("10", ZERO_TO_TEN);
  expect(picked).toEqual([10]);
});

test("a first digit that could be the start of a longer number counts after the pause", () => {
  type("1", ZERO_TO_TEN);
  expect(picked).toEqual([]);
  vi.advanceTimersByTime(DIGIT_PAUSE);
  expect(picked).toEqual([1]);
});

test("a digit that cannot continue the number begins the next one", () => {
  type("15", ZERO_TO_TEN);
  expect(picked).toEqual([1, 5]);
});

test("any other key settles what was typed", () => {
  type("1", ZERO_TO_TEN);
  digits.settle();
  vi.advanceTimersByTime(DIGIT_PAUSE);
  expect(picked).toEqual([1]);
});

test("digits that number nothing do nothing", () => {
  type("907", numbered(5));
  expect(picked).toEqual([]);
});
