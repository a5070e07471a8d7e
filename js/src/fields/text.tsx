import { Markdown } from "../html.ts";
import type { FieldSpec } from "../wire.ts";

export default function TextField({ spec, text }: { spec: FieldSpec; text: string }) {
  if (spec.use_markdown) return <Markdown text={text} />;
  return (
    <div class="fw-plain" dir="auto">
      {text}
    </div>
  );
}
