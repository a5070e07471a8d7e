import { useLayoutEffect, useRef } from "preact/hooks";
import type { FieldProps } from "../field.ts";
import { colouredCode } from "../html.ts";
import { paint } from "../marks.ts";
import { rich } from "../rich.ts";
import { t } from "../text.ts";
import { Folded } from "./parts/fold.tsx";

export default function CodeField({ spec, value, marks }: FieldProps) {
  const language = spec.language ?? "";
  return (
    <Folded text={String(value)} marks={marks}>
      {(shown) => <Code text={shown} language={language} marks={marks} title={spec.title} />}
    </Folded>
  );
}

interface Shown {
  text: string;
  language: string;
  marks: string[];
  title: string;
}

function Code({ text, language, marks, title }: Shown) {
  const code = useRef<HTMLElement>(null);
  const part = rich.value;
  useLayoutEffect(() => {
    code.current?.replaceChildren(colouredCode(text, language, part));
    return code.current ? paint(code.current, marks) : undefined;
  }, [text, language, part, marks]);
  const lines = text.replace(/\n$/, "").split("\n").length;
  const numbers = Array.from({ length: lines }, (_, at) => at + 1).join("\n");
  return (
    // Program text runs from left to right in every language.
    <div class="fw-code" dir="ltr" tabIndex={0} role="group" aria-label={t("field.code", { title })}>
      <pre class="fw-numbers" aria-hidden="true">
        {numbers}
      </pre>
      <pre>
        <code ref={code} />
      </pre>
    </div>
  );
}
