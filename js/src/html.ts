/** The one place that sets HTML. Record text is hostile: in a notebook, script in a record could run code in the kernel. */
import DOMPurify, { type Config } from "dompurify";
import { Marked } from "marked";
import { h, type VNode } from "preact";

const CONFIG: Config = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: [
    // `style` hides the host's own controls, forms send elsewhere.
    ...["style", "form", "input", "button", "textarea", "select"],
    ...["template", "slot", "dialog"],
    // These fetch by themselves; pictures are dealt with below.
    ...["audio", "video", "source", "track", "picture", "map", "area"],
  ],
  // Ids, names and classes pick up the host's styles and commands.
  FORBID_ATTR: ["style", "id", "name", "class", "srcset", "background"],
  // Jupyter runs `data-commandlinker-command` on click.
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM: true, // a body in a document of its own, where no picture loads
};
const REMOTE = /^\s*(?:[a-z][a-z0-9+.-]*:)?\/\//i;
const CACHE_SIZE = 200;

const marked = new Marked({ gfm: true, breaks: true, async: false });
const purify = DOMPurify(window);

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName === "A" && node.hasAttribute("href")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

/** A picture from elsewhere tells its server who reads what: show where it would come from, load it on click. */
function blockImage(image: Element): void {
  const source = image.getAttribute("src") ?? "";
  const stand = image.ownerDocument.createElement("span");
  const described = image.getAttribute("alt") || "no description";
  if (!REMOTE.test(source)) {
    stand.textContent = `[picture: ${described}]`;
  } else {
    stand.textContent = `Picture not loaded (${described}): click to load it from ${hostOf(source)}`;
    stand.setAttribute("role", "button");
    stand.setAttribute("tabindex", "0");
    stand.setAttribute("data-fw-image", source);
    stand.setAttribute("data-fw-alt", described);
  }
  image.replaceWith(stand);
}

function hostOf(source: string): string {
  try {
    return new URL(source, "https://unknown").host;
  } catch {
    return "an unreadable address";
  }
}

function load(event: Event): void {
  const stand = event.target instanceof Element ? event.target.closest("[data-fw-image]") : null;
  const wanted = event.type === "click" || ["Enter", " "].includes((event as KeyboardEvent).key);
  if (!stand || !wanted) return;
  event.preventDefault();
  const image = stand.ownerDocument.createElement("img");
  image.referrerPolicy = "no-referrer";
  image.alt = stand.getAttribute("data-fw-alt") ?? "";
  image.src = stand.getAttribute("data-fw-image") ?? "";
  stand.replaceWith(image);
}

const cache = new Map<string, string>();

/** Markdown to HTML that is safe to show. */
export function markdown(text: string): string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const body = purify.sanitize(marked.parse(text) as string, CONFIG) as unknown as HTMLElement;
  // After cleaning, so that what stands in for a picture may carry attributes that record text may not.
  for (const image of body.querySelectorAll("img:not([src^='data:image/'])")) blockImage(image);
  const clean = body.innerHTML;
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(text, clean);
  return clean;
}

/** Markdown from a dataset, shown. */
export function Markdown({ text }: { text: string }): VNode {
  return h("div", {
    class: "fw-markdown",
    dir: "auto",
    onClick: load,
    onKeyDown: load,
    dangerouslySetInnerHTML: { __html: markdown(text) },
  });
}
