import { useState } from "preact/hooks";
import type { FieldProps } from "../field.ts";
import { t } from "../text.ts";
import { Unfold } from "./parts/fold.tsx";
import { useMarks } from "./parts/prose.tsx";

/** A longer table is folded to this many rows. */
const SHOWN = 200;

type Cell = string | number | boolean | null;

export default function TableField({ spec, value, marks }: FieldProps) {
  const { columns = [], rows = [] } = value as { columns?: string[]; rows?: Cell[][] };
  const [open, setOpen] = useState(false);
  const shown = open ? rows : rows.slice(0, SHOWN);
  const box = useMarks(marks, [value, open]);
  const numeric = columns.map((_, at) =>
    rows.every((row) => row[at] === null || typeof row[at] === "number"),
  );
  return (
    <>
      <div
        class="fw-table"
        ref={box}
        tabIndex={0}
        role="group"
        aria-label={t("field.table", { title: spec.title })}
      >
        <table>
          <thead>
            <tr>
              {columns.map((name, at) => (
                <th key={at} scope="col" dir="auto" data-number={numeric[at] || undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              <tr key={at}>
                {columns.map((_, column) => (
                  <Data key={column} cell={row[column] ?? null} number={numeric[column] ?? false} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="fw-muted">{t("field.no_rows")}</p>}
      {rows.length > SHOWN && (
        <Unfold open={open} set={setOpen} all={t("field.all_rows", { n: rows.length })} />
      )}
    </>
  );
}

function Data({ cell, number }: { cell: Cell; number: boolean }) {
  if (cell === null)
    return <td data-empty="" data-number={number || undefined} aria-label={t("field.empty")} />;
  return (
    <td dir="auto" data-number={number || undefined}>
      {String(cell)}
    </td>
  );
}
