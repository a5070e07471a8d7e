import type { FieldProps } from "../field.ts";
import { Prose } from "./parts/prose.tsx";

export default function TextField({ spec, value, marks }: FieldProps) {
  return <Prose text={String(value)} markdown={spec.use_markdown ?? false} marks={marks} />;
}
