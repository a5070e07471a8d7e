import { effect } from "@preact/signals";
import { render as draw, h } from "preact";
import { Desk } from "./desk/desk.tsx";
import type { Link } from "./desk/link.ts";
import { Session } from "./desk/session.ts";
import { View } from "./desk/view.ts";
import { type Context, frame } from "./frame.ts";
import { deepActiveElement, desk } from "./keyboard/focus.ts";
import { Keyboard } from "./keyboard/keyboard.ts";
import { many, manyFrom, wantMany } from "./many.ts";
import { sourceOf } from "./part.ts";
import { openReview } from "./review.ts";
import { richFrom } from "./rich.ts";
import { languagesFrom } from "./text.ts";

/** What is not needed yet is fetched so many ms after the first record, when the page is idle. */
const IDLE = 400;

/** Open a desk in `el`: everything it says and hears goes through `model`. Returns its own cleanup. */
function render(context: Context): () => void {
  return context.model.get("_part") === "review" ? openReview(context, partsFor) : openDesk(context);
}

/** Fetch what is drawn with, as far as it is wanted, along this way. */
function partsFor(link: Link): (() => void)[] {
  return [richFrom(sourceOf(link, "rich")), languagesFrom(sourceOf(link, "languages"))];
}

function openDesk(context: Context): () => void {
  const { model } = context;
  const session = Session.join(model);
  const view = new View(session);
  const stops = [...partsFor(session.link), manyFrom(sourceOf(session.link, "many"))];
  const { root, signal, close } = frame(
    context,
    () => many.value?.css,
    () => session.welcome.value?.desk,
    (drawn) => {
      view.close();
      session.leave(model);
      for (const stop of stops) stop();
      draw(null, drawn);
    },
  );
  stops.push(whenIdle(() => view.phase.value === "record", wantMany));
  new Keyboard(view, root, signal);
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
  window.addEventListener("pagehide", hide, { signal });
  const active = () => {
    leases.active();
    view.pace.touch();
  };
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "scroll"])
    root.addEventListener(sign, active, { capture: true, passive: true, signal });
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

// No named exports: anywidget takes a named `render` for an old-style module.
export default { render };
