import { describe, expect, test } from "vitest";
import { Records } from "../../src/desk/records.ts";
import type { AnswerEvent, RecordView, Status } from "../../src/wire.ts";

function view(index: number, status: Status | null = "submitted"): RecordView {
  const response = status && { status, values: {} };
  return { record: `r${index}`, index, fields: {}, metadata: {}, suggestions: {}, response };
}

function views(from: number, to: number, status: Status | null = "submitted"): RecordView[] {
  return Array.from({ length: to - from }, (_, at) => view(from + at, status));
}

describe("records held for a long time", () => {
  test("ten thousand answered ones leave a few hundred, those nearest to the view", () => {
    const records = new Records(() => new Map());
    let place = 0;
    records.places.add(() => place);
    for (place = 0; place < 10_000; place += 1) {
      records.merge([view(place)]);
      expect(records.size).toBeLessThanOrEqual(350);
    }
    place = 9_999;
    expect(records.beside(place, -1)?.index).toBe(9_998);
    expect(records.get("r9750")).toBeDefined();
    expect(records.get("r0")).toBeUndefined();
  });

  test("what is on show anywhere, waits for an answer, or is on its way stays", () => {
    const waiting = new Map([["r7", { record: "r7", status: "submitted" } as AnswerEvent]]);
    const records = new Records(() => waiting);
    records.places.add(() => 3);
    records.places.add(() => 2_000);
    records.merge([
      ...views(0, 8),
      ...views(900, 910, null),
      ...views(920, 925, "draft"),
      ...views(950, 2_000),
    ]);
    for (const kept of ["r3", "r7", "r900", "r909", "r920", "r1999"]) expect(records.get(kept)).toBeDefined();
    expect(records.get("r950")).toBeUndefined();
    expect(records.size).toBe(300);
  });

  test("looking back from the end keeps what was looked at last", () => {
    const records = new Records(() => new Map());
    let place = 1_000;
    records.places.add(() => place);
    records.merge(views(800, 1_001));
    for (place = 799; place >= 0; place -= 1) records.merge([view(place)]);
    place = 0;
    expect(records.beside(place, 1)?.index).toBe(1);
    expect(records.get("r1000")).toBeUndefined();
  });

  test("no step leads over a record that was forgotten, until it has been fetched again", () => {
    const records = new Records(() => new Map());
    let place = 0;
    records.places.add(() => place);
    records.merge([view(0, null)]); // still waits, so it stays
    for (place = 1; place < 1_000; place += 1) records.merge([view(place)]);
    place = 999;
    const oldest = Math.min(...[...Array(999).keys()].filter((at) => at > 0 && records.at(at)));
    expect(records.beside(oldest, -1)).toBeUndefined();
    expect(records.beside(0, 1)).toBeUndefined();
    place = oldest;
    records.merge([view(oldest - 1)]);
    expect(records.beside(oldest, -1)?.index).toBe(oldest - 1);
  });
});
