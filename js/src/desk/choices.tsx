import { useState } from "preact/hooks";
import { type QuestionProps, suggestedValue } from "../question.ts";

/** A list of options of which one (radio) or many (checkbox) are chosen; long lists open on demand. */
export function Choices(props: QuestionProps & { many: boolean; chosen: string[] }) {
  const { spec, labelledby, describedby, pick, many, chosen } = props;
  const [open, setOpen] = useState(false);
  const options = spec.options ?? [];
  const limit = open ? options.length : (spec.visible ?? options.length);
  const suggested = ([] as unknown[]).concat(suggestedValue(props) ?? []);
  const shown = options.filter((option, at) => at < limit || chosen.includes(option.value));
  return (
    <div
      class="fw-choices"
      role={many ? "group" : "radiogroup"}
      aria-labelledby={labelledby}
      aria-describedby={describedby}
    >
      {shown.map((option) => {
        const at = options.indexOf(option);
        return (
          <button
            type="button"
            role={many ? "checkbox" : "radio"}
            key={option.value}
            data-fw="option"
            data-value={option.value}
            data-suggested={suggested.includes(option.value) || undefined}
            aria-checked={chosen.includes(option.value)}
            onClick={() => pick(at)}
          >
            <kbd aria-hidden="true">{at + 1}</kbd>
            <span dir="auto">{option.text}</span>
          </button>
        );
      })}
      {options.length > (spec.visible ?? options.length) && (
        <button type="button" class="fw-link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Show fewer options" : `Show all ${options.length} options`}
        </button>
      )}
    </div>
  );
}
