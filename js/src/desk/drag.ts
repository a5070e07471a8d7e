/** A press that moves further than this is a drag, else a click. */
const SLIP = 5;

/** Where something is dropped: a `data-drop` target, and which part of it. */
export interface Drop {
  target: HTMLElement;
  part: "before" | "on" | "after";
}

/** Follow a pointer that may drag `element`; `drop` is called once with where it lands. Keys and clicks do the same work elsewhere. */
export function follow(event: PointerEvent, element: HTMLElement, drop: (drop: Drop) => void): void {
  const onHandle = (event.target as Element).closest("[data-drag]") !== null;
  // A finger on the option itself scrolls; on its handle it drags.
  if (event.button !== 0 || (event.pointerType === "touch" && !onHandle)) return;
  const done = new AbortController();
  let landing: Drop | null = null;
  let moved = false;
  const mark = (next: Drop | null) => {
    if (landing) delete landing.target.dataset.over;
    landing = next;
    if (landing) landing.target.dataset.over = landing.part;
  };
  const move = (now: PointerEvent) => {
    const [x, y] = [now.clientX - event.clientX, now.clientY - event.clientY];
    if (!moved && Math.hypot(x, y) < SLIP) return;
    if (!moved) element.setPointerCapture?.(event.pointerId);
    moved = true;
    element.dataset.dragged = "";
    element.style.transform = `translate(${x}px, ${y}px)`;
    mark(dropAt(element, now));
  };
  const end = (now: Event) => {
    done.abort();
    delete element.dataset.dragged;
    element.style.transform = "";
    const landed = landing;
    mark(null);
    if (!moved) return;
    // The click that follows belongs to the drag.
    const swallow = (click: Event) => click.stopPropagation();
    element.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => element.removeEventListener("click", swallow, { capture: true }));
    if (landed && now.type === "pointerup") drop(landed);
  };
  const { signal } = done;
  for (const [type, work] of [
    ["pointermove", move],
    ["pointerup", end],
    ["pointercancel", end],
  ] as const)
    element.ownerDocument.addEventListener(type, work as (event: Event) => void, { signal });
}

function dropAt(element: HTMLElement, { clientX, clientY }: PointerEvent): Drop | null {
  const root = element.getRootNode() as Document | ShadowRoot;
  const group = element.closest("[data-fw=question]");
  const found = root.elementsFromPoint(clientX, clientY).find((each) => each.closest("[data-drop]"));
  const target = found?.closest<HTMLElement>("[data-drop]");
  if (!target || !group?.contains(target)) return null;
  const { top, height } = target.getBoundingClientRect();
  const share = height ? (clientY - top) / height : 0.5;
  return { target, part: share < 0.3 ? "before" : share > 0.7 ? "after" : "on" };
}
