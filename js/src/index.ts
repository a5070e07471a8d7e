import { effect } from "@preact/signals";
import { render as draw, h } from "preact";
import { Desk } from "./desk/desk.tsx";
import { Session } from "./desk/session.ts";
import { View } from "./desk/view.ts";
import { desk } from "./keyboard/focus.ts";
import { Keyboard } from "./keyboard/keyboard.ts";
import { many, manyFrom, wantMany } from "./many.ts";
import { richFrom } from "./rich.ts";
import { css } from "./styles.ts";
import { language, languagesFrom, speak, t } from "./text.ts";
import { followTheme } from "./theme.ts";
import type { Model } from "./wire.ts";

/** What is not needed yet is fetched so many ms after the first record, when the page is idle. */
const IDLE = 400;

interface Context {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

/** Open a desk in `el`: everything it says and hears goes through `model`. Returns its own cleanup. */
function render({ model, el, signal }: Context): () => void {
  const closing = new AbortController();
  const session = Session.join(model);
  const view = new View(session);
  const part = (name: "rich" | "languages" | "many") => async () => {
    const reply = await session.link.ask("source", () => ({ part: name }));
    if (reply.kind === "source") return reply.esm;
    throw new Error(reply.kind === "refused" ? reply.reason : reply.kind);
  };
  const stops = [richFrom(part("rich")), languagesFrom(part("languages")), manyFrom(part("many"))];
  const style = document.createElement("style");
  const root = document.createElement("div");
  root.className = "fw-desk";
  root.tabIndex = 0;
  root.setAttribute("role", "region");
  stops.push(
    effect(() => {
      style.textContent = css(many.value?.css); // beside the root, so that it also holds inside a shadow root
    }),
    effect(() => speak(session.welcome.value?.desk?.language)),
    effect(() => {
      const { compact, height } = session.welcome.value?.desk ?? {};
      root.toggleAttribute("data-compact", compact === true);
      if (height) root.style.setProperty("--fw-height", height);
    }),
    effect(() => {
      root.lang = language.value;
      root.setAttribute("aria-label", t("desk"));
      root.style.setProperty("--fw-suggested", JSON.stringify(t("suggested")));
    }),
  );
  stops.push(whenIdle(() => view.phase.value === "record", wantMany));
  el.append(style, root);
  new Keyboard(view, root, closing.signal);
  followTheme(root, closing.signal);
  draw(h(Desk, { view }), root);
  // What had the focus may be gone with the record: outside the desk, keys would go to the notebook.
  stops.push(
    view.finished.subscribe(({ count }) => {
      if (count && root.contains(deepActiveElement(root))) desk(root);
    }),
  );
  // A reload must not cost what was just typed: the outbox writes it down.
  const { leases } = session;
  const hide = () => {
    view.pause();
    leases.release();
  };
  window.addEventListener("pagehide", hide, { signal: closing.signal });
  const active = () => {
    leases.active();
    view.pace.touch();
  };
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "scroll"]) {
    root.addEventListener(sign, active, {
      capture: true,
      passive: true,
      signal: closing.signal,
    });
  }
  const close = () => {
    if (closing.signal.aborted) return;
    closing.abort();
    view.close();
    session.leave(model);
    for (const stop of stops) stop();
    draw(null, root);
    style.remove();
    root.remove();
  };
  signal?.addEventListener("abort", close);
  return close;
}

/** Do something once, as soon as this is so and the page has painted it and has nothing else to do; returns its own end. */
function whenIdle(so: () => boolean, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    if (!so() || timer !== undefined) return;
    timer = setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(work), IDLE);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function deepActiveElement(root: HTMLElement): Element | null {
  const within = root.getRootNode();
  return within instanceof ShadowRoot ? within.activeElement : document.activeElement;
}

// No named exports: anywidget takes a named `render` for an old-style module.
export default { render };
