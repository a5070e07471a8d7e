import { vi } from "vitest";
import desk from "../../src/index.ts";
import * as parts from "../../src/many/index.ts";
import { many } from "../../src/many.ts";
import { FakeKernel, FakeModel } from "../fake_kernel.ts";

/** A desk in the page, and what tests look at and press. */
export interface Mounted {
  root: HTMLElement;
  /** The first element with this `data-fw`. */
  at(name: string): HTMLElement;
  all(name: string): HTMLElement[];
  text(name: string): string;
  /** Press keys, each as `Ctrl+Enter`, `ArrowLeft`, `3` …, on whatever has the focus. */
  press(...keys: string[]): KeyboardEvent[];
  /** Let `ms` pass. */
  wait(ms?: number): Promise<void>;
  close(): void;
}

export interface Opened extends Mounted {
  kernel: FakeKernel;
  model: FakeModel;
}

/** Open a desk on a fake kernel and wait until it shows its first record. Needs fake timers. */
export async function openDesk(
  kernel = new FakeKernel(),
  model = new FakeModel(kernel, "test/alice"),
): Promise<Opened> {
  many.value = parts; // jsdom imports no code out of a Blob
  return openBare(kernel, model);
}

/** The same, on a page that has fetched no part of the desk yet. */
export async function openBare(
  kernel = new FakeKernel(),
  model = new FakeModel(kernel, "test/alice"),
): Promise<Opened> {
  const proxy = model.proxy();
  const mounted = await mount(proxy);
  return {
    kernel,
    model,
    ...mounted,
    close: () => {
      mounted.close();
      proxy.drop();
    },
  };
}

/** Draw a desk for this model into a page of its own, focus it, and give what tests look and press with. */
export async function mount(model: Parameters<typeof desk.render>[0]["model"]): Promise<Mounted> {
  const el = document.createElement("div");
  document.body.append(el);
  const close = desk.render({ model, el });
  const root = el.querySelector<HTMLElement>(".fw-desk");
  if (!root) throw new Error("the desk drew no root");
  const all = (name: string) => [...root.querySelectorAll<HTMLElement>(`[data-fw=${name}]`)];
  const at = (name: string) => {
    const [found] = all(name);
    if (!found) throw new Error(`nothing has data-fw=${name}`);
    return found;
  };
  const wait = async (ms = 20) => {
    await vi.advanceTimersByTimeAsync(ms);
  };
  root.focus();
  await wait();
  return {
    root,
    at,
    all,
    wait,
    text: (name) => at(name).textContent ?? "",
    press: (...keys) => keys.map((key) => pressOne(root, key)),
    close: () => {
      close();
      el.remove();
    },
  };
}

export function pressOne(root: HTMLElement, written: string): KeyboardEvent {
  const [key = "", ...modifiers] = written.split("+").reverse();
  const init = {
    key,
    ctrlKey: modifiers.includes("Ctrl"),
    altKey: modifiers.includes("Alt"),
    shiftKey: modifiers.includes("Shift"),
    repeat: modifiers.includes("Held"),
    bubbles: true,
    cancelable: true,
    composed: true,
  };
  const target = root.contains(document.activeElement) ? document.activeElement : root;
  const event = new KeyboardEvent("keydown", init);
  target?.dispatchEvent(event);
  target?.dispatchEvent(new KeyboardEvent("keyup", init));
  return event;
}
