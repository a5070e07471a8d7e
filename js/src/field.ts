import type { FunctionComponent } from "preact";
import type { View } from "./desk/view.ts";
import type { FieldSpec, QuestionSpec, RecordView } from "./wire.ts";

export interface FieldProps {
  spec: FieldSpec;
  /** What the record holds in this field, in its stored form; never null. */
  value: unknown;
  /** The whole record: what belongs to one record only is keyed by its id. */
  record: RecordView;
  /** Words to highlight, as the search found them. */
  marks: string[];
}

/** What a file in src/fields exports; its name is the field type. */
export interface FieldModule {
  default: FunctionComponent<FieldProps>;
}

/** What a question needs that draws a field itself, because it is answered inside it (a span question, say). */
export interface FieldQuestionProps extends FieldProps {
  view: View;
  question: QuestionSpec;
}
