import type { FieldProps } from "../field.ts";
import { Markdown } from "../html.ts";

export default function TextField({ spec, value }: FieldProps) {
  const text = String(value);
  if (spec.use_markdown) return <Markdown text={text} />;
  return (
    <div class="fw-plain" dir="auto">
      {text}
    </div>
  );
}
