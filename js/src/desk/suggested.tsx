import { t } from "../text.ts";
import type { Suggestion } from "../wire.ts";
import type { View } from "./view.ts";

/** Answer the active question as it is suggested, which may submit the record. */
export function accept(view: View): void {
  const { question } = view;
  const [suggested] = question ? view.suggestionsFor(question.name) : [];
  if (question && suggested) view.give(question.name, suggested.value);
  else if (view.record.peek()) view.notice.value = t("suggested.none_question");
}

/** Answer everything as it is suggested, and submit. */
export function acceptAll(view: View): void {
  const suggested = view.asked.peek().flatMap(({ name }) => {
    const [first] = view.suggestionsFor(name);
    return first ? [[name, first.value] as const] : [];
  });
  for (const [name, value] of suggested) view.set(name, value);
  if (suggested.length) view.submit();
  else if (view.record.peek()) view.notice.value = t("suggested.none");
}

/** Who suggests an answer to a question, and how surely; where several do, whose suggestion stands first. */
export function Suggested({ view, suggestions }: { view: View; suggestions: Suggestion[] }) {
  const [first] = suggestions;
  return (
    <p class="fw-suggested" data-fw="suggested">
      <span aria-hidden="true">✦ </span>
      {t("suggested.by")}{" "}
      {suggestions.length === 1 && first
        ? inWords(first)
        : suggestions.map((each) => (
            <button
              type="button"
              class="fw-agent"
              data-fw="agent"
              key={each.agent}
              aria-pressed={each === first}
              title={t("suggested.first")}
              onClick={() => {
                view.agent.value = each.agent;
              }}
            >
              {inWords(each)}
            </button>
          ))}
    </p>
  );
}

function inWords({ agent, score }: Suggestion): string {
  const name = agent ?? t("suggested.model");
  const scores = ([] as unknown[]).concat(score ?? []).filter((each) => typeof each === "number") as number[];
  return scores.length ? `${name} (${scores.map((each) => each.toFixed(2)).join(", ")})` : name;
}
