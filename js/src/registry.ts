import type { FieldModule } from "./field.ts";
import type { QuestionModule } from "./question.ts";

declare global {
  interface ImportMeta {
    glob<Module>(pattern: string, options: { eager: true }): Record<string, Module>;
  }
}

function byFileName<Module>(modules: Record<string, Module>): Map<string, Module> {
  const named = Object.entries(modules).map(([file, module]): [string, Module] => [
    file.replace(/^.*\/|\.tsx$/g, ""),
    module,
  ]);
  return new Map(named);
}

/** Every question type the desk can ask, by type: the files of src/questions. */
export const questionTypes = byFileName(
  import.meta.glob<QuestionModule>("./questions/*.tsx", { eager: true }),
);

/** Every field type the desk can show, by type: the files of src/fields. */
export const fieldTypes = byFileName(import.meta.glob<FieldModule>("./fields/*.tsx", { eager: true }));
