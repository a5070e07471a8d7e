import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import * as focus from "../keyboard/focus.ts";
import type { Filter } from "../many/filters.tsx";
import { many, manyProblem, type Parts, wantMany } from "../many.ts";
import { t } from "../text.ts";
import type { Finding, Query, Spec } from "../wire.ts";
import { withPart } from "./search.ts";
import type { View } from "./view.ts";

const NOTHING: Finding = { metadata: [], vectors: [], suggestions: false, query: null };

/** Words, conditions and order: what the desk walks over. */
export function SearchBar({ view }: { view: View }) {
  const { search } = view;
  const [editing, setEditing] = useState<string | null>(null);
  const welcome = view.session.welcome.value;
  if (!search.open.value || !welcome) return null;
  const finding = welcome.finding ?? NOTHING;
  const parts = many.value;
  const filters = parts?.filtersOf({ spec: welcome.spec, finding }) ?? [];
  const query = search.query.value;
  const ask = (next: Query) => void search.ask(next);
  const edited = filters.find((filter) => filter.key === editing);
  return (
    <div class="fw-find" role="search" aria-label={t("find.records")} data-fw="find">
      <div class="fw-find-row">
        <WordBox view={view} />
        <Sort query={query} spec={welcome.spec} finding={finding} ask={ask} />
        <Tools view={view} />
      </div>
      <div class="fw-find-row">
        <Hits view={view} />
        {query.similar_to && (
          <Chip
            text={t("find.similar")}
            remove={() => ask(withPart(withPart(query, "similar_to", undefined), "vector", undefined))}
          />
        )}
        {parts ? (
          <Filters parts={parts} filters={filters} query={query} ask={ask} edit={setEditing} />
        ) : (
          <NoFilters />
        )}
      </div>
      {parts && edited && (
        <parts.Editor
          key={edited.key}
          filter={edited}
          query={query}
          ask={ask}
          done={() => {
            setEditing(null);
            focusBox(view);
          }}
        />
      )}
    </div>
  );
}

interface Filtering {
  parts: Parts;
  filters: Filter[];
  query: Query;
  ask(query: Query): void;
  edit(key: string): void;
}

function Filters({ parts, filters, query, ask, edit }: Filtering) {
  return (
    <>
      {filters
        .filter((filter) => parts.isSet(query, filter))
        .map((filter) => (
          <Chip
            key={filter.key}
            text={parts.inWords(query, filter)}
            edit={() => edit(filter.key)}
            remove={() => ask(parts.without(query, filter))}
          />
        ))}
      <Add filters={filters} add={edit} />
    </>
  );
}

/** Filters are fetched when the bar opens, if not before: words can be typed meanwhile. */
function NoFilters() {
  useEffect(wantMany, []);
  const why = manyProblem.value;
  return (
    <span class="fw-muted" data-fw="find-waits" role="status">
      {why ? t("many.not_shown", { why }) : t("many.busy")}
    </span>
  );
}

/** Set by the box that is on show, for the key that leads to it. */
const boxes = new WeakMap<View, HTMLInputElement>();

/** Open the bar, and go to its box. */
export function focusBox(view: View): void {
  view.search.open.value = true;
  // The box may have to be drawn, which is done before this; the next key must already be a letter in it.
  queueMicrotask(() => boxes.get(view)?.focus());
}

function WordBox({ view }: { view: View }) {
  const { search } = view;
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (box.current) boxes.set(view, box.current);
  }, [view]);
  const leave = () => {
    const root = box.current?.closest<HTMLElement>(".fw-desk");
    if (root) focus.desk(root);
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key) || event.ctrlKey || event.metaKey)
      return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") void search.now();
    else if (!Object.keys(search.query.peek()).length) search.open.value = false;
    leave();
  };
  return (
    <input
      type="search"
      class="fw-box fw-words"
      data-fw="find-text"
      dir="auto"
      ref={box}
      value={search.query.value.text ?? ""}
      placeholder={t("find.words")}
      aria-label={t("find.words_label")}
      onInput={(event) => search.type(event.currentTarget.value)}
      onKeyDown={press}
    />
  );
}

function Hits({ view }: { view: View }) {
  const { found, busy, problem } = view.search;
  const total = found.value?.total;
  const said = problem.value
    ? t("find.refused", { why: problem.value })
    : busy.value
      ? t("find.busy")
      : total === undefined
        ? t("find.all")
        : total === 0
          ? t("find.none")
          : t("find.found", { n: total });
  return (
    <span class="fw-hits" data-fw="hits" data-problem={problem.value !== "" || undefined} role="status">
      {said}
    </span>
  );
}

function Chip({ text, edit, remove }: { text: string; edit?: () => void; remove(): void }) {
  return (
    <span class="fw-chips" data-fw="chip">
      {edit ? (
        <button type="button" class="fw-chip" aria-label={t("find.change", { text })} onClick={edit}>
          <span dir="auto">{text}</span>
        </button>
      ) : (
        <span class="fw-chip">{text}</span>
      )}
      <button
        type="button"
        class="fw-chip"
        data-fw="chip-remove"
        aria-label={t("find.remove", { text })}
        onClick={remove}
      >
        ×
      </button>
    </span>
  );
}

function Add({ filters, add }: { filters: Filter[]; add(key: string): void }) {
  return (
    <select
      class="fw-box"
      data-fw="find-add"
      aria-label={t("find.add")}
      value=""
      onChange={(event) => {
        const key = event.currentTarget.value;
        event.currentTarget.value = "";
        if (key) add(key);
      }}
    >
      <option value="">{t("find.add")}</option>
      {filters.map(({ key, text }) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}

function Sort(props: { query: Query; spec: Spec; finding: Finding; ask(query: Query): void }) {
  const { query, spec, finding, ask } = props;
  if (query.similar_to) return null; // likeness is the order
  const orders: [string, string][] = [
    ["-added", t("sort.newest")],
    ["-updated", t("sort.updated")],
    ...finding.metadata.flatMap(({ name, title }): [string, string][] => [
      [`metadata.${name}`, t("sort.lowest", { title })],
      [`-metadata.${name}`, t("sort.highest", { title })],
    ]),
    ...(finding.suggestions ? spec.questions : []).flatMap(({ name, title }): [string, string][] => [
      [`suggestion.${name}.score`, t("sort.unsure", { title })],
      [`-suggestion.${name}.score`, t("sort.sure", { title })],
    ]),
  ];
  const [first = ""] = query.sort ?? [];
  const given = first && !orders.some(([key]) => key === first);
  return (
    <select
      class="fw-box"
      data-fw="find-sort"
      aria-label={t("sort")}
      value={first}
      onChange={(event) => {
        const key = event.currentTarget.value;
        ask(withPart(query, "sort", key ? [key] : undefined));
      }}
    >
      <option value="">{t("sort.oldest")}</option>
      {orders.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
      {given && <option value={first}>{query.sort?.join(", ")}</option>}
    </select>
  );
}

function Tools({ view }: { view: View }) {
  const { search } = view;
  const found = search.found.value;
  return (
    <span class="fw-find-tools">
      {found && (
        <button type="button" data-fw="find-copy" onClick={() => copy(view, found.python)}>
          {t("find.copy")}
        </button>
      )}
      {found && (
        <button type="button" data-fw="find-clear" onClick={() => search.clear()}>
          {t("find.clear")}
        </button>
      )}
      <button
        type="button"
        data-fw="find-close"
        onClick={() => {
          search.open.value = false;
          if (search.found.peek()) search.clear();
        }}
      >
        {t("close")}
      </button>
    </span>
  );
}

/** Where the page may not write to the clipboard, the code is shown to be copied by hand. */
async function copy(view: View, python: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(python);
    view.notice.value = t("find.copied", { python });
  } catch {
    view.notice.value = t("find.copy_here", { python });
  }
}
