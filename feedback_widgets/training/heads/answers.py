"""The answer to a question, found in a text."""

from __future__ import annotations

from typing import Any, NamedTuple

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.heads.base import Encoded, Head, Measure, Window, dataset_of, logits, windows
from feedback_widgets.training.measures import same_text, word_f1

LONGEST = 30  # tokens of an answer
TRIED = 20  # likeliest beginnings and ends that are paired


class Answer(NamedTuple):
    """A part of a context, and how sure the model is of it: only comparisons within one context mean something."""

    start: int
    end: int
    score: float


class AnswerHead(Head):
    """Extractive question answering: where in the context the answer begins and ends."""

    LOADER, ENDING, PEFT = "AutoModelForQuestionAnswering", "ForQuestionAnswering", "QUESTION_ANS"

    def labelling(self, rows: Any) -> dict[str, Any]:
        del rows
        return {}

    def encode(self, rows: Any, words: Any) -> Encoded:
        pairs = list(zip(rows["question"], rows["context"], strict=True))
        answers = [(each["answer_start"][0], each["text"][0]) for each in rows["answer"]]
        cut, encoded = windows(words, pairs, self.max_length), []
        for window in cut:
            start, text = answers[window.row]
            first, last = _tokens(window, start, start + len(text))
            encoded.append({**window.inputs, "start_positions": first, "end_positions": last})
        return Encoded(dataset_of(encoded), cut)

    def collator(self, words: Any) -> Any:
        from transformers import DataCollatorWithPadding

        return DataCollatorWithPadding(words)

    def measure(self, rows: Any, places: list[Any]) -> Measure:
        contexts, answers = list(rows["context"]), [each["text"][0] for each in rows["answer"]]

        def measures(found: Any) -> dict[str, float]:
            starts, ends = found.predictions
            best = _best_of_each(len(contexts), places, starts, ends)
            said = [contexts[row][each.start : each.end] for row, each in enumerate(best)]
            pairs = list(zip(answers, said, strict=True))
            return {
                "exact_match": sum(same_text(*pair) for pair in pairs) / len(pairs),
                "word_f1": sum(word_f1(*pair) for pair in pairs) / len(pairs),
            }

        return measures

    def predict(self, model: Any, words: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return for each `(question, context)` a dict of `text`, `start`, `end`, with `scores=True` also `score`."""
        scores = options.pop("scores", False)
        if options:
            raise InvalidInput(
                f"predict of answers takes scores=True and nothing else, got {', '.join(options)}."
            )
        odd = [
            each
            for each in texts
            if not isinstance(each, tuple) or [type(part) for part in each] != [str, str]
        ]
        if odd:
            raise InvalidInput(f"predict needs (question, context) tuples of two texts, got {odd[0]!r}.")
        cut = windows(words, texts, self.max_length)
        starts, ends = list[Any](), list[Any]()
        for batch in logits(model, words, [each.inputs for each in cut]):
            starts += batch.start_logits.tolist()
            ends += batch.end_logits.tolist()
        found = []
        for row, each in enumerate(_best_of_each(len(texts), cut, starts, ends)):
            answer = {"text": texts[row][1][each.start : each.end], "start": each.start, "end": each.end}
            found.append({**answer, "score": each.score} if scores else answer)
        return found


def _tokens(window: Window, start: int, end: int) -> tuple[int, int]:
    """Return the first and the last token of an answer; where the window does not hold all of it, the mark at the front."""
    inside = [
        at
        for at, place in enumerate(window.offsets)
        if place is not None and place[0] < end and place[1] > start
    ]
    if not inside:
        return 0, 0
    places = [window.offsets[inside[0]], window.offsets[inside[-1]]]
    whole = places[0] is not None and places[1] is not None and places[0][0] <= start and places[1][1] >= end
    return (inside[0], inside[-1]) if whole else (0, 0)


def _best_of_each(count: int, cut: list[Window], starts: Any, ends: Any) -> list[Answer]:
    """Return the best answer of each context over all its windows."""
    best: dict[int, Answer] = {}
    for window, start, end in zip(cut, starts, ends, strict=True):
        found = _best(window, start, end)
        if found is not None and (window.row not in best or found.score > best[window.row].score):
            best[window.row] = found
    return [best.get(row, Answer(0, 0, float("-inf"))) for row in range(count)]


def _best(window: Window, starts: Any, ends: Any) -> Answer | None:
    inside = [at for at, place in enumerate(window.offsets) if place is not None]
    firsts = sorted(inside, key=lambda at: -float(starts[at]))[:TRIED]
    lasts = sorted(inside, key=lambda at: -float(ends[at]))[:TRIED]
    pairs = [
        (float(starts[first]) + float(ends[last]), first, last)
        for first in firsts
        for last in lasts
        if first <= last < first + LONGEST
    ]
    if not pairs:
        return None
    score, first, last = max(pairs)
    begun, ended = window.offsets[first], window.offsets[last]
    return None if begun is None or ended is None else Answer(begun[0], ended[1], score)
