/** Markdown to HTML, not yet clean: html.ts cleans it. Code and maths are wrapped so that they can be found again afterwards. */
import { Marked, type Token, type Tokens } from "marked";

/** What a wrapped piece is, as found again after cleaning. */
export type Piece = { kind: "code"; language: string } | { kind: "maths"; display: boolean };

/** Text cannot pretend to be a piece, for it cannot know this word. */
const SECRET = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join("");
const WRAPPED = new RegExp(`^${SECRET}:(code|inline|display):(.*)$`);

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function wrapped(kind: string, text: string, language = ""): string {
  return `<code title="${SECRET}:${kind}:${escaped(language)}">${escaped(text)}</code>`;
}

/** The piece that an element wraps, if we wrapped it. */
export function pieceOf(element: Element): Piece | null {
  const [, kind, language = ""] = WRAPPED.exec(element.getAttribute("title") ?? "") ?? [];
  if (!kind) return null;
  return kind === "code" ? { kind, language } : { kind: "maths", display: kind === "display" };
}

interface Maths extends Tokens.Generic {
  text: string;
  display: boolean;
}

const maths = (name: string, level: "inline" | "block", rule: RegExp, display: boolean) => ({
  name,
  level,
  start: (text: string) => {
    const at = text.search(level === "block" ? /(?<=\n) {0,3}(?:\$\$|\\\[)/ : /\$|\\[([]/);
    return at < 0 ? undefined : at;
  },
  tokenizer: (text: string): Maths | undefined => {
    const found = rule.exec(text);
    return found
      ? { type: name, raw: found[0], text: (found[1] ?? found[2] ?? "").trim(), display }
      : undefined;
  },
  renderer: (token: Token) => {
    const piece = wrapped(display ? "display" : "inline", (token as Maths).text);
    return level === "block" ? `<p>${piece}</p>\n` : piece;
  },
});

const marked = new Marked({ gfm: true, breaks: true, async: false });
marked.use({
  extensions: [
    maths(
      "mathsBlock",
      "block",
      /^ {0,3}(?:\$\$((?:[^$\\]|\\[\s\S])+)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n|$)/,
      true,
    ),
    maths("mathsDisplay", "inline", /^(?:\$\$((?:[^$\\]|\\[\s\S])+)\$\$|\\\[([\s\S]+?)\\\])/, true),
    // A dollar sign before a blank, or after one, or before a digit, is money.
    maths(
      "mathsInline",
      "inline",
      /^(?:\$(?!\s)((?:[^$\\\n]|\\.)+?)(?<!\s)\$(?!\d)|\\\(([^\n]+?)\\\))/,
      false,
    ),
  ],
  renderer: {
    code: ({ text, lang }) => `<pre>${wrapped("code", text, (lang ?? "").split(/\s/)[0])}</pre>\n`,
  },
});

export function parsed(text: string): string {
  return marked.parse(text) as string;
}
