/** Tells light from dark by the colour that is really behind the desk: hosts name their themes in many ways. */
export function followTheme(root: HTMLElement, signal: AbortSignal): void {
  const media = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  const apply = () => {
    const dark = isDark(backdropOf(root)) ?? media?.matches ?? false;
    const theme = dark ? "dark" : "light";
    // Every picture and frame that loads asks again: setting the same would wake whoever listens, each time.
    if (root.dataset.theme !== theme) root.dataset.theme = theme;
  };
  const observer = new MutationObserver(apply);
  for (const element of [document.documentElement, document.body])
    observer.observe(element, { attributes: true });
  signal.addEventListener("abort", () => observer.disconnect());
  media?.addEventListener("change", apply, { signal });
  // Jupyter swaps a theme's stylesheet after it has changed the attribute.
  document.addEventListener("load", apply, { capture: true, signal });
  apply();
}

/** The first opaque colour behind an element, as the browser computes it. */
function backdropOf(element: HTMLElement): string | null {
  let node: Node | null = element.parentNode;
  while (node) {
    if (node instanceof Element) {
      const colour = getComputedStyle(node).backgroundColor;
      if (colour && colour !== "transparent" && !/,\s*0\)$|\/\s*0\)$/.test(colour)) return colour;
    }
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  }
  return null;
}

function isDark(colour: string | null): boolean | undefined {
  const [red, green, blue] = (/^rgba?\(([^)]+)\)/.exec(colour ?? "")?.[1] ?? "").split(/[\s,]+/).map(Number);
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
