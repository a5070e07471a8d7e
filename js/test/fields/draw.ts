import { h, render } from "preact";
import { act } from "preact/test-utils";
import { fieldTypes } from "../../src/registry.ts";
import type { FieldSpec } from "../../src/wire.ts";
import { recordView } from "../fake_kernel.ts";

/** Draw one field in a desk's root, as the record pane does, and return the root. */
export async function draw(spec: FieldSpec, value: unknown, marks: string[] = []): Promise<HTMLElement> {
  const Type = fieldTypes.get(spec.type)?.default;
  if (!Type) throw new Error(`no file in src/fields for ${spec.type}`);
  const root = document.createElement("div");
  root.className = "fw-desk";
  document.body.append(root);
  const record = { ...recordView(0), fields: { [spec.name]: value } };
  await act(() => render(h(Type, { spec, value, record, marks }), root));
  return root;
}

/** Take away everything that `draw` has drawn, so that nothing of it listens any more. */
export function erase(): void {
  for (const root of document.body.querySelectorAll(".fw-desk")) render(null, root);
  document.body.replaceChildren();
}

/** What is on show, a frame's document included. */
export function shown(root: HTMLElement): string {
  const frames = [...root.querySelectorAll("iframe")].map((frame) => frame.srcdoc);
  const described = [...root.querySelectorAll("img")].map((image) => image.alt);
  return [root.textContent, ...frames, ...described].join("\n");
}
