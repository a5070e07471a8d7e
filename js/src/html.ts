/** The one place that sets HTML. Record text is hostile: in a notebook, script in a record could run code in the kernel. */
import DOMPurify, { type Config } from "dompurify";
import { h, type VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Piece, parsed, pieceOf } from "./markdown.ts";
import { paint } from "./marks.ts";
import { drawing, type Rich, rich, wantRich } from "./rich.ts";
import { t } from "./text.ts";

const MARKDOWN: Config = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: names(
    // `style` hides the host's own controls, forms send elsewhere.
    "style form input button textarea select option fieldset label output",
    "template slot dialog marquee meter progress",
    // These fetch by themselves; pictures are dealt with below.
    "audio video source track picture map area",
  ),
  // Ids, names and classes pick up the host's styles and commands.
  FORBID_ATTR: names(
    "style id name class srcset background usemap ismap",
    "tabindex accesskey contenteditable autofocus popover popovertarget role for",
  ),
  // Jupyter runs `data-commandlinker-command` on click.
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  // Numbers and directions are no addresses: without this, columns lose their side and lists their first number.
  ADD_URI_SAFE_ATTR: names("align start colspan rowspan dir lang"),
  RETURN_DOM: true, // a body in a document of its own, where no picture loads
};
const CODE: Config = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true };
const MATHS: Config = {
  ALLOWED_TAGS: names(
    "math mrow mi mn mo ms mtext mspace msup msub msubsup munder mover munderover mfrac msqrt mroot",
    "mtable mtr mtd mpadded mphantom mstyle menclose mmultiscripts mprescripts",
  ),
  ALLOWED_ATTR: names(
    "class display displaystyle scriptlevel mathvariant stretchy symmetric fence form separator lspace rspace",
    "minsize maxsize largeop movablelimits accent accentunder linethickness columnalign columnspacing",
    "rowspacing columnlines rowlines rowspan columnspan width height depth voffset notation dir",
  ),
  RETURN_DOM_FRAGMENT: true,
};
const OURS = /^(?:hljs|tml)-[\w-]+$/; // the class names that our style sheet knows
const REMOTE = /^\s*(?:[a-z][a-z0-9+.-]*:)?\/\//i;
const DATA_PICTURE = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml)[;,]/i;
const CACHE_SIZE = 200;
/** Colouring longer code than this many characters would hold up the page. */
const LONGEST_COLOURED = 60_000;

const purify = DOMPurify(window);
purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName !== "A" || !node.hasAttribute("href")) return;
  if (isHere(node.getAttribute("href") ?? "")) node.removeAttribute("href");
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer nofollow");
});
const strict = DOMPurify(window);
strict.addHook("afterSanitizeAttributes", (node) => {
  const kept = (node.getAttribute("class") ?? "").split(/\s+/).filter((name) => OURS.test(name));
  if (kept.length) node.setAttribute("class", kept.join(" "));
  else node.removeAttribute("class");
});

/** Whether an address leads to the page's own server, where it could log the annotator out. */
export function isHere(address: string): boolean {
  try {
    return new URL(address, location.href).origin === location.origin;
  } catch {
    return true; // unreadable: better not
  }
}

/** A picture from elsewhere tells its server who reads what: show where it would come from, load it on click. */
function blockImage(image: Element): void {
  const source = image.getAttribute("src") ?? "";
  const stand = image.ownerDocument.createElement("span");
  const described = image.getAttribute("alt") || t("picture.undescribed");
  if (!REMOTE.test(source) || isHere(source)) {
    stand.textContent = t("picture.described", { described });
  } else {
    stand.textContent = t("picture.click", { described, host: hostOf(source) });
    stand.setAttribute("role", "button");
    stand.setAttribute("tabindex", "0");
    stand.setAttribute("data-fw-image", source);
    stand.setAttribute("data-fw-alt", described);
  }
  image.replaceWith(stand);
}

/** Names, written with blanks between them. */
function names(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(" "));
}

export function hostOf(source: string): string {
  try {
    return new URL(source, "https://unknown").host;
  } catch {
    return t("picture.unreadable");
  }
}

function load(event: Event): void {
  const stand = event.target instanceof Element ? event.target.closest("[data-fw-image]") : null;
  const wanted = event.type === "click" || ["Enter", " "].includes((event as KeyboardEvent).key);
  if (!stand || !wanted) return;
  event.preventDefault();
  const image = stand.ownerDocument.createElement("img");
  image.setAttribute("referrerpolicy", "no-referrer");
  image.alt = stand.getAttribute("data-fw-alt") ?? "";
  image.src = stand.getAttribute("data-fw-image") ?? "";
  stand.replaceWith(image);
}

/** Program text, coloured where the second part is here and knows the language. */
export function colouredCode(text: string, language: string, part: Rich | null): Node {
  if (!part && language) wantRich();
  const html =
    text.length <= LONGEST_COLOURED && language ? part?.highlight(text, language.toLowerCase()) : null;
  return html ? (strict.sanitize(html, CODE) as unknown as Node) : document.createTextNode(text);
}

/** Maths drawn where the second part is here, else as it was written. */
function drawnMaths(tex: string, display: boolean, part: Rich | null): HTMLElement {
  if (!part) wantRich(true);
  const box = document.createElement("span");
  box.className = "fw-maths";
  if (display) box.dataset.display = "";
  const mathml = part?.maths(tex, display);
  if (mathml) box.append(strict.sanitize(mathml, MATHS) as unknown as Node);
  else box.append(Object.assign(document.createElement("code"), { textContent: tex }));
  return box;
}

function finish(element: Element, piece: Piece, part: Rich | null): void {
  const text = element.textContent ?? "";
  if (piece.kind === "maths") element.replaceWith(drawnMaths(text, piece.display, part));
  else {
    element.removeAttribute("title");
    element.replaceChildren(colouredCode(text, piece.language, part));
  }
}

let cache = new Map<string, DocumentFragment>();
let cachedFor: Rich | null = null;

/** Markdown as nodes that are safe to show. They go into the page as nodes: nothing is parsed a second time. */
export function markdown(text: string, part: Rich | null = rich.peek()): DocumentFragment {
  if (part !== cachedFor || cache.size >= CACHE_SIZE) cache = new Map();
  cachedFor = part;
  let clean = cache.get(text);
  if (!clean) {
    clean = cleaned(text, part);
    cache.set(text, clean);
  }
  return clean.cloneNode(true) as DocumentFragment;
}

function cleaned(text: string, part: Rich | null): DocumentFragment {
  const clean = document.createDocumentFragment();
  // Inside an element, or a leading `<frameset>` would take the place of the body and leave nothing to clean.
  const body = purify.sanitize(`<div>${parsed(text)}</div>`, MARKDOWN) as unknown as HTMLElement | null;
  if (!body) {
    clean.append(text);
    return clean;
  }
  // After cleaning, so that what stands in for a picture may carry attributes that record text may not.
  for (const image of body.querySelectorAll("img"))
    if (!DATA_PICTURE.test(image.getAttribute("src") ?? "")) blockImage(image);
  for (const element of body.querySelectorAll("code")) {
    const piece = pieceOf(element);
    if (piece) finish(element, piece, part);
  }
  for (const table of body.querySelectorAll("table")) scrollable(table);
  const [first] = body.children;
  clean.append(...(body.childNodes.length === 1 && first?.localName === "div" ? first : body).childNodes);
  return clean;
}

/** A wide table scrolls by itself, and the page does not. */
function scrollable(table: HTMLTableElement): void {
  const box = document.createElement("div");
  box.className = "fw-wide";
  table.replaceWith(box);
  box.append(table);
}

/**
 * Markdown from a dataset, shown. A formula that the annotator has seen as it was written stays so until something else is
 * shown: drawing it when the second part arrives would make the lines below it jump.
 */
export function Markdown({ text, marks = NONE }: { text: string; marks?: string[] }): VNode {
  const box = useRef<HTMLDivElement>(null);
  const settled = useRef<string | null>(null);
  const part = rich.value;
  const waits = drawing.value;
  useLayoutEffect(() => {
    const here = box.current;
    if (!here) return;
    if (settled.current !== text) here.replaceChildren(markdown(text, part));
    settled.current = !drawing.peek() && here.querySelector(".fw-maths > code") ? text : null;
    return paint(here, marks);
  }, [text, part, marks, waits]);
  return h("div", { class: "fw-markdown", dir: "auto", ref: box, onClick: load, onKeyDown: load });
}

const NONE: string[] = [];
