/** The messages of a review desk (docs/wire.md, *Reviewing*), as types. */
import type { Layout, Spec, Values } from "../wire.ts";

/** One annotator's finished answer. */
export interface ReviewAnswer {
  /** What it is called in messages: the annotator's name, or where the desk is blind a letter. */
  key: string;
  /** Null where the desk is blind; so is `at`. */
  user: string | null;
  at: string | null;
  status: "submitted" | "discarded";
  values: Values;
  comment: string | null;
  /** Of the settings it was given under. */
  version: number;
}

/** What a reviewer did. */
export interface Act {
  by: string;
  at: string;
  /** The key of the answer it is about. */
  about: string | null;
  comment: string | null;
}

export interface ReviewRecord {
  record: string;
  index: number;
  fields: Record<string, unknown>;
  metadata: Record<string, unknown>;
  /** How far the answers lie apart, 0 to 1; and so by question. */
  disagreement: number;
  disputes: Record<string, number>;
  answers: ReviewAnswer[];
  decided: Values;
  decision: Act | null;
  /** Answers that wait with their annotators again. */
  waiting: Act[];
}

export interface ReviewProgress {
  total: number;
  disputed: number;
  decided: number;
  waiting: number;
}

export interface ReviewWelcome {
  kind: "welcome";
  dataset: { key: string; name: string | null; workspace: string | null };
  user: string;
  spec: Spec;
  store: { place: string; durable: boolean };
  desk: Pick<Layout, "height" | "language"> & { blind: boolean };
  records: ReviewRecord[];
  progress: ReviewProgress;
}
export interface ReviewRecords {
  kind: "records";
  records: ReviewRecord[];
  progress: ReviewProgress;
}
export interface Reviewed {
  kind: "reviewed";
  view: ReviewRecord;
  progress: ReviewProgress;
}
export interface ReviewUndone {
  kind: "undone";
  /** Null where there was nothing to take back. */
  view: ReviewRecord | null;
  progress: ReviewProgress;
}
export interface ReviewPush {
  kind: "progress";
  views: ReviewRecord[];
  /** Others have changed, too. */
  more: boolean;
  progress: ReviewProgress;
}
export interface ReviewForm {
  kind: "form";
  spec: Spec;
}
export interface ReviewRefused {
  kind: "refused";
  reason: string;
  again: boolean;
}
export type ReviewReply =
  | ReviewWelcome
  | ReviewRecords
  | Reviewed
  | ReviewUndone
  | ReviewPush
  | ReviewForm
  | ReviewRefused;
