/** The reviewers' desk, as far as every page has it: the rest is fetched by a page that shows one. */
import { effect, signal as made, untracked } from "@preact/signals";
import { Link } from "./desk/link.ts";
import { type Context, frame } from "./frame.ts";
import { assemble, type Built } from "./many.ts";
import { Part, sourceOf } from "./part.ts";
import { t } from "./text.ts";
import type { Layout, Reply } from "./wire.ts";

type Parts = typeof import("./review/index.ts");

const part = new Part<Parts, Built>("The labelling desk shows no reviews:", (built) =>
  assemble<Parts>(built),
);

/** For tests, which fetch nothing. */
export const review = part.here;

/** Open a review desk; `partsFor` fetches what it draws with. Returns its own cleanup. */
export function openReview(context: Context, partsFor: (link: Link) => (() => void)[]): () => void {
  let opened: ReturnType<Parts["open"]> | undefined;
  const layout = made<Partial<Layout> | undefined>(undefined);
  const link = new Link((reply: Reply) => opened?.hear(reply));
  link.join(context.model);
  const stops = [...partsFor(link), part.from(sourceOf(link, "review"))];
  const { root, signal, close } = frame(
    context,
    () => part.here.value?.css,
    () => layout.value,
    () => {
      for (const stop of stops) stop();
      opened?.close();
      link.leave(context.model);
      link.close();
    },
  );
  part.want(true);
  stops.push(
    effect(() => {
      const [here, problem] = [part.here.value, part.problem.value];
      if (!here) root.textContent = problem || t("state.connecting");
      else opened ??= untracked(() => here.open(link, root, signal, layout));
    }),
  );
  return close;
}
