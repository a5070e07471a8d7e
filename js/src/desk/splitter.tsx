import { type Signal, signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { t } from "../text.ts";
import type { View } from "./view.ts";

/** Neither pane gets narrower than this share of the desk, in percent; keys move the line by so much. */
const LEAST = 20;
const STEP = 4;

/** Where each view has the line between record and form; null where it has not been moved. */
const splits = new WeakMap<View, Signal<number | null>>();

function splitOf(view: View): Signal<number | null> {
  const known = splits.get(view);
  if (known) return known;
  const made = signal<number | null>(null);
  splits.set(view, made);
  return made;
}

/** What the body needs to draw its panes as wide as they were left. */
export function panes(view: View): { "data-split"?: ""; style?: Record<string, string> } {
  const share = splitOf(view).value;
  return share === null ? {} : { "data-split": "", style: { "--fw-split": `${share}%` } };
}

/** The line between record and form: dragged, or moved by the arrow keys; Home puts it back. */
export function Splitter({ view }: { view: View }) {
  const split = splitOf(view);
  const line = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState(50);
  const place = (share: number) => {
    split.value = Math.min(100 - LEAST, Math.max(LEAST, share));
    setShown(Math.round(split.value));
  };
  const now = () => {
    const box = line.current;
    const body = box?.parentElement?.getBoundingClientRect();
    const middle = box?.getBoundingClientRect();
    if (!body?.width || !middle) return shown;
    return (100 * (middle.left + middle.width / 2 - body.left)) / body.width;
  };
  const drag = (event: PointerEvent) => {
    const body = line.current?.parentElement?.getBoundingClientRect();
    if (!body?.width || !line.current?.hasPointerCapture(event.pointerId)) return;
    place((100 * (event.clientX - body.left)) / body.width);
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined && event.key !== "Home") return;
    event.preventDefault(); // or the desk would go to another record
    if (by !== undefined) return place(now() + by);
    split.value = null;
    requestAnimationFrame(() => setShown(Math.round(now())));
  };
  return (
    <div
      class="fw-splitter"
      data-fw="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={t("splitter")}
      aria-valuemin={LEAST}
      aria-valuemax={100 - LEAST}
      aria-valuenow={shown}
      tabIndex={0}
      ref={line}
      onFocus={() => setShown(Math.round(now()))}
      onKeyDown={press}
      onPointerDown={(event) => line.current?.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onDblClick={() => {
        split.value = null;
      }}
    />
  );
}
