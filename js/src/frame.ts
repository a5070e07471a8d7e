import { effect } from "@preact/signals";
import { rich } from "./rich.ts";
import { css } from "./styles.ts";
import { language, speak, t } from "./text.ts";
import { followTheme } from "./theme.ts";
import type { Layout, Model } from "./wire.ts";

/** What anywidget hands to `render`. */
export interface Context {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

export interface Frame {
  root: HTMLElement;
  /** Ends when the desk closes. */
  signal: AbortSignal;
  /** Closes the desk, once. */
  close(): void;
}

/**
 * What a desk is drawn into: a root beside its style sheet, in the language and the theme of the page.
 *
 * @param more the styles of a part that draws in it, where it is here.
 * @param layout how the desk opens, once the kernel has said so.
 * @param closing what else is to be done when it closes.
 */
export function frame(
  { el, signal }: Context,
  more: () => string | undefined,
  layout: () => Partial<Layout> | undefined,
  closing: (root: HTMLElement) => void,
): Frame {
  const ending = new AbortController();
  const style = document.createElement("style");
  const root = document.createElement("div");
  root.className = "fw-desk";
  root.tabIndex = 0;
  root.setAttribute("role", "region");
  const stops = [
    effect(() => {
      style.textContent = css(more(), rich.value?.css); // beside the root, so that it also holds inside a shadow root
    }),
    effect(() => speak(layout()?.language)),
    effect(() => {
      const { compact, height } = layout() ?? {};
      root.toggleAttribute("data-compact", compact === true);
      if (height) root.style.setProperty("--fw-height", height);
    }),
    effect(() => {
      root.lang = language.value;
      root.setAttribute("aria-label", t("desk"));
      root.style.setProperty("--fw-suggested", JSON.stringify(t("suggested")));
    }),
  ];
  el.append(style, root);
  followTheme(root, ending.signal);
  const close = () => {
    if (ending.signal.aborted) return;
    ending.abort();
    closing(root);
    for (const stop of stops) stop();
    style.remove();
    root.remove();
  };
  signal?.addEventListener("abort", close);
  return { root, signal: ending.signal, close };
}
