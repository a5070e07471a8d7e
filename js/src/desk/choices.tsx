import { useRef, useState } from "preact/hooks";
import * as focus from "../keyboard/focus.ts";
import { type QuestionProps, suggestedValue } from "../question.ts";
import { t } from "../text.ts";
import type { Option } from "../wire.ts";
import { addLabel } from "./going.ts";

/** A search shows at most so many options at once. */
const FOUND = 60;

/** A list of options of which one (radio) or many (checkbox) are chosen; long lists are searched, or open on demand. */
export function Choices(props: QuestionProps & { many: boolean; chosen: string[] }) {
  const { spec, labelledby, describedby, many, chosen } = props;
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const options = spec.options ?? [];
  const folds = options.length > (spec.visible ?? options.length);
  const limit = open ? options.length : (spec.visible ?? options.length);
  const found = query ? matching(options, query) : null;
  const shown =
    found?.slice(0, FOUND) ?? options.filter((option, at) => at < limit || chosen.includes(option.value));
  return (
    <>
      {(folds || spec.allow_new_labels) && (
        <Search {...props} query={query} setQuery={setQuery} found={found} />
      )}
      <div
        class="fw-choices"
        role={many ? "group" : "radiogroup"}
        aria-labelledby={labelledby}
        aria-describedby={describedby}
      >
        {shown.map((option) => (
          <Choice key={option.value} {...props} option={option} at={options.indexOf(option)} />
        ))}
      </div>
      {found && found.length > FOUND && (
        <p class="fw-hint">{t("options.more", { n: found.length - FOUND })}</p>
      )}
      {folds && !found && (
        <button type="button" class="fw-link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t("options.fewer") : t("options.all", { n: options.length })}
        </button>
      )}
    </>
  );
}

function Choice(props: QuestionProps & { many: boolean; chosen: string[]; option: Option; at: number }) {
  const { many, chosen, option, at, pick } = props;
  const suggested = ([] as unknown[]).concat(suggestedValue(props) ?? []);
  return (
    <button
      type="button"
      role={many ? "checkbox" : "radio"}
      data-fw="option"
      data-at={at}
      data-value={option.value}
      data-suggested={suggested.includes(option.value) || undefined}
      aria-checked={chosen.includes(option.value)}
      onClick={() => pick(at)}
    >
      <kbd aria-hidden="true">{at + 1}</kbd>
      <span dir="auto">{option.text}</span>
    </button>
  );
}

/** Those that begin with the words typed come first, then those that hold them. */
function matching(options: Option[], query: string): Option[] {
  const wanted = folded(query.trim());
  const begins = options.filter((option) => folded(option.text).startsWith(wanted));
  const holds = options.filter((option) => folded(option.text).includes(wanted) && !begins.includes(option));
  return [...begins, ...holds];
}

/** Without case and accents. */
const folded = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function Search({
  spec,
  view,
  query,
  setQuery,
  found,
  pick,
}: QuestionProps & { query: string; setQuery(query: string): void; found: Option[] | null }) {
  const box = useRef<HTMLInputElement>(null);
  const leave = () => {
    const root = box.current?.closest<HTMLElement>(".fw-desk");
    setQuery("");
    if (root) focus.desk(root);
  };
  const label = query.trim();
  const known = spec.options?.some((option) => folded(option.text) === folded(label));
  const fresh = spec.allow_new_labels && label !== "" && !known;
  const add = () => {
    leave();
    void addLabel(view, spec.name, label);
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing || !["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
    if (event.ctrlKey || event.metaKey) return; // Ctrl+Enter submits from every box
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return leave();
    const [first] = found ?? [];
    if (event.key === "ArrowDown") {
      const list = box.current?.closest("[data-fw=question]");
      list?.querySelector<HTMLElement>("[data-fw=option]")?.focus();
    } else if (first) {
      leave();
      pick((spec.options ?? []).indexOf(first));
    } else if (fresh) add();
  };
  return (
    <div class="fw-search">
      <input
        type="search"
        data-fw="search"
        dir="auto"
        ref={box}
        value={query}
        placeholder={spec.allow_new_labels ? t("options.find_or_add") : t("options.find")}
        aria-label={t("options.find_of", { title: spec.title })}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={press}
      />
      <span class="fw-muted" role="status">
        {found &&
          (found.length
            ? t("options.found", { n: found.length, total: spec.options?.length ?? 0 })
            : t("options.none"))}
      </span>
      {fresh && (
        <button type="button" data-fw="add-label" onClick={add}>
          {t("options.add", { label })}
        </button>
      )}
    </div>
  );
}
