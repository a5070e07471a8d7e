import type { FieldProps } from "../field.ts";
import { Picture } from "./parts/picture.tsx";

export default function ImageField({ spec, value }: FieldProps) {
  const { url, alt = "" } =
    typeof value === "string" ? { url: value } : (value as { url: string; alt?: string });
  return <Picture source={String(url)} alt={alt} title={spec.title} />;
}
