/** What the parts that draw get from the desk, so that a page has one copy of it: build.mjs leaves it out of them. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { h, render } from "preact";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Fragment, jsx, jsxs } from "preact/jsx-runtime";
import { askedValues, firstProblem, isForMany } from "./desk/answering.ts";
import { Filling } from "./desk/filling.ts";
import { Form } from "./desk/form.tsx";
import { inTheWay } from "./desk/host.ts";
import { byMouse } from "./desk/mouse.ts";
import { RecordCard } from "./desk/record.tsx";
import { Records } from "./desk/records.ts";
import { withCondition, withPart } from "./desk/search.ts";
import { Window } from "./desk/window.ts";
import { Differences, differences } from "./diff.tsx";
import { Markdown } from "./html.ts";
import * as focus from "./keyboard/focus.ts";
import { Keyboard } from "./keyboard/keyboard.ts";
import { SHORTCUTS } from "./keyboard/shortcuts.ts";
import { paint } from "./marks.ts";
import { language, t } from "./text.ts";
import { uuid } from "./wire.ts";

/** Each module under the name that a part imports it by, without `../`. */
export const shared = (): Record<string, object> => ({
  "@preact/signals": { batch, computed, effect, signal, untracked },
  preact: { h, render },
  "preact/hooks": { useEffect, useId, useLayoutEffect, useMemo, useRef, useState },
  "preact/jsx-runtime": { Fragment, jsx, jsxs },
  "desk/answering.ts": { askedValues, firstProblem, isForMany },
  "desk/filling.ts": { Filling },
  "desk/form.tsx": { Form },
  "desk/host.ts": { inTheWay },
  "desk/mouse.ts": { byMouse },
  "desk/record.tsx": { RecordCard },
  "desk/records.ts": { Records },
  "desk/search.ts": { withCondition, withPart },
  "desk/window.ts": { Window },
  "diff.tsx": { Differences, differences },
  "html.ts": { Markdown },
  "keyboard/focus.ts": focus,
  "keyboard/keyboard.ts": { Keyboard },
  "keyboard/shortcuts.ts": { SHORTCUTS },
  "marks.ts": { paint },
  "text.ts": { language, t },
  "wire.ts": { uuid },
});
