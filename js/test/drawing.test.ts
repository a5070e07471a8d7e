// The first formula of a page is what waits: a file of its own has a page of its own.
import { h, render } from "preact";
import { act } from "preact/test-utils";
import { expect, test, vi } from "vitest";
import { Markdown } from "../src/html.ts";
import * as part from "../src/rich/index.ts";
import { drawing, rich } from "../src/rich.ts";

const hasPart = { highlight: part.highlight, maths: part.maths };

test("formulas wait a moment for the second part, once; what was seen as it was written stays", async () => {
  vi.useFakeTimers();
  const el = document.createElement("div");
  const show = (text: string) => act(() => render(h(Markdown, { text }), el));
  await show("$a+b$");
  expect(drawing.value).toBe(true);
  await act(() => {
    rich.value = hasPart;
  });
  expect(drawing.value).toBe(false);
  expect(el.querySelector("math")).not.toBeNull();
  rich.value = null;
  await show("$c+d$");
  expect(drawing.value).toBe(false); // nobody waits a second time
  await act(() => {
    rich.value = hasPart;
  });
  expect(el.innerHTML).toContain("<code>c+d</code>");
  await show("$e+f$");
  expect(el.querySelector("math")).not.toBeNull();
  vi.useRealTimers();
});
