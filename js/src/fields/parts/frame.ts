/** The document inside a custom field's frame: cut off from the page by its sandbox, from the network by its policy. */
import { uuid } from "../../wire.ts";
import { fill } from "./template.ts";

export interface Look {
  dark: boolean;
  ink: string;
  back: string;
  font: string;
}

interface Inside {
  template: string;
  /** The template's own scripts run, and find the record in a variable. */
  advanced: boolean;
  record: Record<string, unknown>;
  look: Look;
}

/** The frame's source. In a plain template no script runs but ours: what a record holds cannot know its nonce. */
export function source({ template, advanced, record, look }: Inside): string {
  const nonce = uuid();
  const scripts = advanced ? "'unsafe-inline'" : `'nonce-${nonce}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "media-src data: blob:",
    "font-src data:",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
  // A computed font may hold quotes; in a style element they are harmless, a tag would not be.
  const style = `:root{color-scheme:${look.dark ? "dark" : "light"};color:${look.ink};background:${look.back};font:15px/1.6 ${look.font.replace(/[<>{};]/g, "")}}
body{margin:0;overflow-wrap:anywhere}img{max-width:100%}`;
  const given = advanced ? `<script nonce="${nonce}">const record = ${literal(record)};</script>` : "";
  const body = advanced ? template : fill(template, record);
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer"><style>${style}</style><script nonce="${nonce}">${REPORTER}</script>${given}</head><body>${body}</body></html>`;
}

/** Tells the page how high the content is, and that Escape was pressed; nothing else ever leaves the frame. */
const REPORTER = `(() => {
  const parent = window.parent;
  const tell = (message) => parent.postMessage({ fw: message }, "*");
  const measure = () => tell({ height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
  addEventListener("keydown", (event) => event.key === "Escape" && tell({ escape: true }));
  addEventListener("DOMContentLoaded", () => {
    new ResizeObserver(measure).observe(document.documentElement);
    measure();
  });
})();`;

/** JSON that cannot end the script it stands in. */
function literal(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What a frame may say: its height in pixels, or that Escape was pressed. */
export function heard(data: unknown): { height?: number; escape?: boolean } {
  const said = (data as { fw?: { height?: unknown; escape?: unknown } } | null)?.fw;
  const height = typeof said?.height === "number" && Number.isFinite(said.height) ? said.height : null;
  return {
    ...(height === null ? {} : { height: Math.min(Math.max(height, LOWEST), HIGHEST) }),
    ...(said?.escape === true ? { escape: true } : {}),
  };
}

const LOWEST = 24;
const HIGHEST = 4000;
