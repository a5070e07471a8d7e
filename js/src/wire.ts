/** The messages of docs/wire.md, as types. */

export type Status = "draft" | "submitted" | "discarded";
export type Queue = "pending" | Status | "all";

export interface Ranked {
  value: string;
  /** From 1 (best); equal ranks are ties. */
  rank: number;
}
/** Part of a text, in Unicode code points, end exclusive. */
export interface Span {
  start: number;
  end: number;
  label: string;
  score?: number;
}
/** Which response is better. */
export interface Preference {
  /** The better response's field, `"tie"` or `"both_bad"`. */
  choice: string;
  /** From 1; null where the question asks for none. */
  strength: number | null;
}
export type Value = string | number | string[] | Ranked[] | Span[] | Preference;
export type Values = Record<string, Value>;

export interface Option {
  value: string;
  text: string;
}

export interface QuestionSpec {
  name: string;
  type: string;
  title: string;
  description: string | null;
  required: boolean;
  use_markdown?: boolean;
  values?: number[];
  options?: Option[];
  visible?: number | null;
  field?: string;
  /** Question name -> the answers that let this question be asked. */
  show_if?: Record<string, unknown[]> | null;
  /** What a rating's values mean. Label questions send the labels they were made with, which `options` says better. */
  labels?: Record<string, string> | string[] | null;
  allow_new_labels?: boolean;
  allow_overlapping?: boolean;
  fields?: string[];
  scale?: number | null;
  allow_tie?: boolean;
  allow_both_bad?: boolean;
  prefill?: boolean;
  diff_with?: string | null;
}

export interface FieldSpec {
  name: string;
  type: string;
  title: string;
  required: boolean;
  use_markdown?: boolean;
  language?: string | null;
  template?: string;
  advanced_mode?: boolean;
}

export interface Spec {
  guidelines: string | null;
  fields: FieldSpec[];
  questions: QuestionSpec[];
  distribution?: { min_submitted: number } | null;
  version: number;
  /** Keys that this desk has elsewhere: row of the sheet -> presses. */
  keys?: Record<string, string[]>;
}

export interface Suggestion {
  value: Value;
  score: number | null;
  agent: string | null;
}

export interface Answer {
  status: Status;
  values: Values;
  /** What the annotator remarks on the record. */
  comment?: string | null;
}
export interface StoredAnswer extends Answer {
  /** What was answered before suggestions were shown, where they were held back until then. */
  before?: Values | null;
}

export interface RecordView {
  record: string;
  index: number;
  /** This annotator will not be asked for it: others have completed it, hold it, or it is assigned to others. */
  closed?: boolean;
  /** In a search, where `index` counts the hits: the record's place in the annotator's order. Only in the page. */
  at?: number | undefined;
  fields: Record<string, unknown>;
  metadata: Record<string, unknown>;
  suggestions: Record<string, Suggestion[]>;
  /** Suggestions that are shown once the annotator has answered. */
  later?: Record<string, Suggestion[]>;
  response: StoredAnswer | null;
  /** A reviewer asks for this answer again. */
  returned?: { by: string; at: string; comment: string | null } | null;
}

export interface AnswerEvent extends Answer {
  event: string;
  record: string;
  /** ISO time at which the record was shown. */
  started: string | null;
  duration_ms: number | null;
  shown: {
    suggestions: string[];
    order?: Record<string, string[]>;
    /** What was answered before the suggestions were shown. */
    before?: Values;
    /** One of many that were answered at once. */
    bulk?: boolean;
    /** What all of these are called together, where they are several. */
    batch?: string;
    /** Drawn for the spot check of this group. */
    check?: string;
  };
}

export interface Progress {
  total: number;
  pending: number;
  draft: number;
  submitted: number;
  discarded: number;
  /** Untouched records that are left to others; only where the work is shared out. */
  closed?: number;
}

export interface Layout {
  queue: Exclude<Queue, "all">;
  /** Without what is not needed to answer. */
  compact: boolean;
  /** A CSS length, for record and form. */
  height: string | null;
  /** What the desk itself speaks; null leaves it to the page. */
  language?: string | null;
}

export interface Welcome {
  kind: "welcome";
  dataset: { key: string; name: string | null; workspace: string | null };
  user: string;
  spec: Spec;
  store: { place: string; durable: boolean };
  /** How long records are lent to a page, and how many at a time; null where everybody is asked about everything. */
  lease?: { seconds: number; records: number } | null;
  /** How the desk opens. */
  desk?: Layout;
  /** What can be looked for besides words, and what the desk looks for already. */
  finding?: Finding;
  records: RecordView[];
  end: boolean;
  held?: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
  known: string[];
}
/** A query as Python's `Query.to_dict()` writes it. */
export interface Query {
  text?: string;
  fields?: string[];
  status?: string[];
  user?: string;
  answers?: Record<string, Condition>;
  suggestions?: Record<string, { value?: Condition; score?: Condition; agent?: Condition }>;
  metadata?: Record<string, Condition>;
  sort?: string[];
  similar_to?: string;
  vector?: string;
  limit?: number;
}
export type Condition = string | number | boolean | (string | number | boolean)[] | Range;
export interface Range {
  ge?: string | number;
  le?: string | number;
  gt?: string | number;
  lt?: string | number;
}
export interface Facet {
  name: string;
  title: string;
  type: string;
  values: string[] | null;
}
export interface Finding {
  metadata: Facet[];
  vectors: string[];
  /** Whether records can be looked for by what models suggest. */
  suggestions: boolean;
  query: Query | null;
}
export interface Found {
  kind: "found";
  token: string;
  query: Query;
  /** The query as Python code. */
  python: string;
  marks: string[];
  total: number;
  records: RecordView[];
  /** The records' positions among the hits. */
  places: number[];
  end: boolean;
  held: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
export interface Ids {
  kind: "ids";
  ids: string[];
  indices: number[];
  /** The `after` of the next message. */
  last: number;
  end: boolean;
}
/** How far a group of suggestions is that shall be accepted together. */
export interface GroupReply {
  kind: "group";
  /** What `shown.check` of the answers to its spot check is. */
  check: string;
  /** Those that wait to be checked, without suggestions. */
  records: RecordView[];
  answered: number;
  disagree: number;
  left: number;
  problem: string | null;
}
export interface Accepted {
  kind: "accepted";
  accepted: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
/** Python has set what the desk looks for. */
export interface QueryPush {
  kind: "query";
  query: Query | null;
}
export interface RecordsReply {
  kind: "records";
  records: RecordView[];
  /** With a search's token: the records' positions among the hits. */
  places?: number[];
  end: boolean;
  /** Records that are missing because others are answering them. */
  held?: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
export interface Saved {
  kind: "saved";
  saved: { event: string; seq: number }[];
  /** `kept`: others had completed the record, and the answer is stored as a draft. */
  refused: { event: string; record: string; reason: string; kept?: boolean }[];
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
export interface Undone {
  kind: "undone";
  event: string;
  undoes: string;
  view: RecordView;
  /** Empty where several were taken back. */
  values: Values;
  comment?: string | null;
  /** How many answers were taken back: more than one where they had been given at once. */
  count: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
/** Nothing was taken back: the newest answer was given together with others, and the page did not say that it means these. */
export interface BatchReply {
  kind: "batch";
  batch: string;
  count: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
export interface Redone {
  kind: "redone";
  event: string;
  /** The undo that was taken back. */
  undoes: string;
  view: RecordView;
  /** How many answers stand again. */
  count: number;
  progress: Progress;
  undoable: boolean;
  redoable?: boolean;
}
export interface Went {
  kind: "went";
  view: RecordView;
}
/** The form has grown, for everybody who has the desk open. */
export interface FormPush {
  kind: "form";
  spec: Spec;
}
export interface ProgressPush {
  kind: "progress";
  progress: Progress;
  views: RecordView[];
  /** Others have changed, too. */
  more: boolean;
  undoable: boolean;
  redoable?: boolean;
}
export interface Refused {
  kind: "refused";
  reason: string;
  again: boolean;
}

export interface Renewed {
  kind: "renewed";
  lost: string[];
}
export interface Released {
  kind: "released";
}

export interface Labelled {
  kind: "labelled";
  question: string;
  label: string;
  spec: Spec;
}

export interface SourceReply {
  kind: "source";
  esm: string;
}

export type Reply = { v: 1; client: string; rid: string } & (
  | Welcome
  | RecordsReply
  | Saved
  | Undone
  | BatchReply
  | Redone
  | Went
  | FormPush
  | ProgressPush
  | Refused
  | Renewed
  | Released
  | SourceReply
  | Labelled
  | Found
  | Ids
  | GroupReply
  | Accepted
  | QueryPush
);

/** What the desk needs of the model that anywidget hands to `render`. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  send(content: object): void;
  on(name: "msg:custom", listener: (content: unknown) => void): void;
  off(name: "msg:custom", listener: (content: unknown) => void): void;
  /** The host's own; what is in it differs from host to host. */
  widget_manager?: unknown;
}

/** A random id; `crypto.randomUUID` is missing on plain http pages other than localhost. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
