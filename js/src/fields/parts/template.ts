/** Fills in the `{{…}}` of a custom field's template. What a record holds arrives as text: its HTML is escaped, always. */

type Scope = Record<string, unknown>;
type Part = string | { path: string } | { block: string; path: string; inner: Part[]; otherwise: Part[] };

const TAG = /\{\{\{?\s*([\s\S]*?)\s*\}?\}\}/g;

export function fill(template: string, record: Scope): string {
  return written(read(template), [{ record }]);
}

/** The template as a tree. Python has refused blocks that are not closed in order. */
function read(template: string): Part[] {
  const root: Part[] = [];
  const lists: Part[][] = [root];
  const blocks: { inner: Part[]; otherwise: Part[] }[] = [];
  let at = 0;
  for (const found of template.matchAll(TAG)) {
    const tag = found[1] ?? "";
    lists.at(-1)?.push(template.slice(at, found.index));
    at = found.index + found[0].length;
    if (tag.startsWith("#")) {
      const [word = "", path = ""] = tag.slice(1).split(/\s+/);
      const block = { block: word, path, inner: [], otherwise: [] };
      lists.at(-1)?.push(block);
      lists.push(block.inner);
      blocks.push(block);
    } else if (tag.startsWith("/")) {
      lists.pop();
      blocks.pop();
    } else if (tag === "else") {
      lists.pop();
      lists.push(blocks.at(-1)?.otherwise ?? root);
    } else lists.at(-1)?.push({ path: tag });
  }
  lists.at(-1)?.push(template.slice(at));
  return root;
}

function written(parts: Part[], scopes: Scope[]): string {
  return parts.map((part) => writtenPart(part, scopes)).join("");
}

function writtenPart(part: Part, scopes: Scope[]): string {
  if (typeof part === "string") return part;
  const value = lookUp(part.path, scopes);
  if (!("block" in part)) return escaped(value);
  if (part.block !== "each") {
    const holds = isTrue(value) === (part.block === "if");
    return written(holds ? part.inner : part.otherwise, scopes);
  }
  const items = Object.entries((isTrue(value) && typeof value === "object" && value) || {});
  if (!items.length) return written(part.otherwise, scopes);
  return items
    .map(([key, item], at) => {
      const known = {
        this: item,
        "@index": at,
        "@key": key,
        "@first": at === 0,
        "@last": at === items.length - 1,
      };
      const own = item !== null && typeof item === "object" && !Array.isArray(item) ? item : {};
      return written(part.inner, [...scopes, { ...own, ...known }]);
    })
    .join("");
}

/** As handlebars has it: empty lists are false. */
function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function lookUp(path: string, scopes: Scope[]): unknown {
  const [first = "", ...steps] = path.split(".");
  let value: unknown = scopes.findLast((scope) => Object.hasOwn(scope, first))?.[first];
  for (const step of steps) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined;
    value = (value as Scope)[step];
  }
  return value;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function escaped(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? "");
}
