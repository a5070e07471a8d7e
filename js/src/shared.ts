/** What the parts that draw get from the desk, so that a page has one copy of it: build.mjs leaves it out of them. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Fragment, jsx, jsxs } from "preact/jsx-runtime";
import { askedValues, firstProblem, isForMany } from "./desk/answering.ts";
import { Records } from "./desk/records.ts";
import { withCondition, withPart } from "./desk/search.ts";
import { Window } from "./desk/window.ts";
import { paint } from "./marks.ts";
import { t } from "./text.ts";
import { uuid } from "./wire.ts";

/** Each module under the name that a part imports it by, without `../`. */
export const shared = (): Record<string, object> => ({
  "@preact/signals": { batch, computed, effect, signal, untracked },
  "preact/hooks": { useEffect, useId, useLayoutEffect, useRef, useState },
  "preact/jsx-runtime": { Fragment, jsx, jsxs },
  "desk/answering.ts": { askedValues, firstProblem, isForMany },
  "desk/records.ts": { Records },
  "desk/search.ts": { withCondition, withPart },
  "desk/window.ts": { Window },
  "marks.ts": { paint },
  "text.ts": { t },
  "wire.ts": { uuid },
});
