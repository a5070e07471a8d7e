import bars from "./desk/bars.css";
import body from "./desk/body.css";
import flow from "./desk/flow.css";
import narrow from "./desk/narrow.css";
import panels from "./desk/panels.css";
import returned from "./desk/returned.css";
import search from "./desk/search.css";
import fields from "./fields/fields.css";
import looks from "./looks.css";
import questions from "./questions/questions.css";
import texts from "./questions/texts.css";
import theme from "./theme.css";

/**
 * The desk's style sheet, with those of the parts that are here: many at once or the review, and the colours of program text. What depends on the desk's width comes last,
 * because it changes what stands before it.
 */
export const css = (bulk = "", rich = ""): string =>
  [
    theme,
    bars,
    search,
    body,
    fields,
    rich,
    panels,
    flow,
    returned,
    questions,
    texts,
    narrow,
    bulk,
    looks,
  ].join("\n");
