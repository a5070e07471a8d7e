/** The languages besides English: a part of their own, which a page fetches when it speaks one of them. */
import type { Texts } from "../text.ts";
import de from "./de.json";
import es from "./es.json";
import zh from "./zh.json";

const texts: Record<string, Texts> = { de, es, zh };
export default texts;
