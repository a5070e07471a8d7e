/**
 * The bundle static/many.js: many records at once, groups of suggestions, and the filters of the search bar. It is drawn by the
 * desk's own library and speaks through the desk's own modules: all that is imported from outside this folder is `shared.ts`.
 */
export { default as texts } from "../languages/en.json";
export { default as css } from "./bulk.css";
export { Bulk } from "./bulk.ts";
export { Editor, filtersOf, inWords, isSet, without } from "./filters.tsx";
export { Group } from "./group.ts";
export { CheckDone } from "./group_panel.tsx";
export { BulkRows } from "./rows.tsx";
