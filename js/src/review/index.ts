/**
 * The bundle static/review.js: the reviewers' desk. It is drawn by the labelling desk's own library, with its fields and questions:
 * all that is imported from outside this folder is `shared.ts`.
 */
import { batch, effect } from "@preact/signals";
import { h, render } from "preact";
import type { Link } from "../desk/link.ts";
import { deepActiveElement, desk } from "../keyboard/focus.ts";
import { Keyboard } from "../keyboard/keyboard.ts";
import { t } from "../text.ts";
import type { Layout, Reply } from "../wire.ts";
import { ReviewDesk } from "./desk.tsx";
import { KEYS } from "./keys.ts";
import { ReviewView } from "./view.ts";
import type { ReviewReply } from "./wire.ts";

export { default as texts } from "../languages/en.json";
export { default as css } from "./review.css";

export interface Opened {
  hear(reply: Reply): void;
  close(): void;
}

/** Open a review desk in `root`: it speaks through `link`, until `signal` ends. */
export function open(link: Link, root: HTMLElement, signal: AbortSignal, layout: Layouts): Opened {
  const view = new ReviewView(link);
  root.textContent = "";
  new Keyboard(view.asView, root, signal, () => KEYS);
  const stops = [
    effect(() => root.setAttribute("aria-label", t("review.desk"))),
    effect(() => {
      layout.value = view.welcome.value?.desk;
    }),
    // What had the focus may be gone with the record: outside the desk, keys would go to the notebook.
    view.finished.subscribe(({ count }) => {
      if (count && root.contains(deepActiveElement(root))) desk(root);
    }),
  ];
  render(h(ReviewDesk, { view }), root);
  void view.start();
  return {
    hear: (reply) => batch(() => view.hear(reply as unknown as ReviewReply)),
    close: () => {
      for (const stop of stops) stop();
      render(null, root);
    },
  };
}

interface Layouts {
  value: Partial<Layout> | undefined;
}
