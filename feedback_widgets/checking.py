"""How answers are checked: a dataset's methods for repeats, known answers, bias, unusual times, and older guidelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.answering import current_user
from feedback_widgets.errors import require
from feedback_widgets.live import Live

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.quality.repeats import Repeated
    from feedback_widgets.quality.report import Quality


class Checking(Live):
    """What `FeedbackDataset` can say about the quality of its answers. Each method opens its room when it is first called."""

    def quality(self, questions: str | Sequence[str] | None = None) -> Quality:
        """Return a report of all checks that prints a table, one line each: what was found, how sure that is, what to do.

        Args:
            questions: one or several; default all.

        Raises:
            InvalidInput: there is no such question.
            MissingExtra: numpy is not installed.
            StoreError: the store cannot be read.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> [each.check for each in ds.quality().checks]
        ['self-agreement', 'gold', 'times', 'guidelines']
        """
        require("numpy", "data")
        from feedback_widgets.quality.report import Quality

        return Quality(self, questions)

    # -- repeats ----------------------------------------------------------------------------------------------------

    def add_repeats(self, share: float = 0.05, *, seed: int = 0) -> Repeated:
        """Ask a share of the records a second time, without a word about it, to learn how far people agree with themselves.

        A repeat is a record of its own with the same content, metadata and suggestions, and it comes after the records that are
        there. Its answers overwrite nothing, and aggregation, agreement and training do not count them. Where the work is shared
        out (`assign`, or a distribution), a repeat is for those who answered the first one, so call this once there are answers.
        Calling it again adds what is missing and nothing twice.

        Args:
            share: above 0 to 1. Which records are drawn follows from their ids and `seed` alone.
            seed: another one draws others.

        Returns:
            How many records are asked a second time from now on, and how many were already.

        Raises:
            InvalidInput: a share that is none, or work that is shared out and not begun.
            StoreError: it could not be written.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"text": f"t{at}"} for at in range(20)])
        Added(new=20, known=0)
        >>> ds.add_repeats(0.5), ds.add_repeats(0.5)
        (Repeated(new=13, known=0), Repeated(new=0, known=13))
        """
        require("numpy", "data")
        from feedback_widgets.quality.repeats import add_repeats

        return add_repeats(self, share, seed)  # type: ignore[arg-type] # every dataset is a FeedbackDataset

    def self_agreement(
        self, questions: str | Sequence[str] | None = None, *, by: str = "question"
    ) -> pandas.DataFrame:
        """Return how far people agree with themselves on repeats: the noise ceiling, above which nobody else can agree with them.

        Args:
            questions: one or several; default all but texts.
            by: `"question"`, or `"annotator"` for one line each.

        Returns:
            `question`; `percent`, the share of the same answers, 0 to 1; `repeats`, how many answers were given twice; and per
            question `measure`, `alpha` with the 95 % interval `low` to `high` (bootstrap over repeats), and `annotators`; per
            annotator the interval is that of the share.

        Raises:
            InvalidInput: there is no such question, or it is one of texts.
            MissingExtra: numpy or pandas is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.quality import repeats

        return _frame(repeats.self_agreement(self, questions, by), repeats.COLUMNS[by])

    # -- known answers ----------------------------------------------------------------------------------------------

    def add_gold(self, known: Mapping[str, Mapping[str, Any]], *, user: str | None = None) -> int:
        """Keep known answers. Annotators never see them; what a person answers is measured against them.

        A known answer is a reviewer's decision: it wins in aggregation and in training rows. Keeping the same again changes
        nothing.

        Args:
            known: record id -> {question: answer}.
            user: who says so, a reviewer; default: `$JUPYTERHUB_USER`, else the login name.

        Returns:
            How many records have a new known answer.

        Raises:
            InvalidInput: an unknown record or question, an answer against its question's rule, or not a reviewer.
            StoreError: it could not be written.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"text": "Go away."}])
        Added(new=1, known=0)
        >>> ds.add_gold({ds[0].id: {"tone": "rude"}}, user="rita"), ds.add_gold({ds[0].id: {"tone": "rude"}}, user="rita")
        (1, 0)
        """
        require("numpy", "data")
        from feedback_widgets.quality.gold import add_gold

        return add_gold(self, known, str(user or current_user()))

    def gold_scores(self, questions: str | Sequence[str] | None = None) -> pandas.DataFrame:
        """Return how often each annotator gave the known answer.

        Args:
            questions: one or several; default all.

        Returns:
            `question`; `annotator`; `right`, the share of known answers met exactly, with its 95 % interval `low` to `high`
            (Wilson); `near`, 0 to 1, the mean nearness, which also counts what is almost right; `answers`.

        Raises:
            InvalidInput: there is no such question.
            MissingExtra: numpy or pandas is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.quality import gold

        return _frame(gold.gold_scores(self, questions), gold.COLUMNS)

    # -- bias, times, guidelines ------------------------------------------------------------------------------------

    def pairwise_bias(
        self,
        questions: str | Sequence[str] | None = None,
        *,
        by: str = "question",
        confidence: float = 0.95,
    ) -> pandas.DataFrame:
        """Return whether people prefer what stands first, or what is longer, in pairwise questions.

        Of two responses, the odds that one is chosen while it is favoured (shown first; longer), divided by its odds while the
        other one is. So a response that is simply better does not count as bias. Of three or more, the odds of the favoured one
        against a blind draw. Ties and "both bad" decide nothing and are left out.

        Args:
            questions: one or several; default all pairwise ones.
            by: `"question"`, or `"annotator"` for one line each.
            confidence: of the interval.

        Returns:
            `question`; `bias`, `"position"` or `"length"` (characters); `odds_ratio`, 1 where there is none, with its interval
            `low` to `high`, which knows that answers to one record hang together; `answers`, `records`; `note`, why it is nan.

        Raises:
            InvalidInput: there is no such question, or it is not pairwise.
            MissingExtra: numpy or pandas is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.quality import bias

        columns = bias.COLUMNS if by == "question" else bias.OF_ANNOTATOR
        return _frame(bias.pairwise_bias(self, questions, by, confidence), columns)

    def time_outliers(self, threshold: float = 3.5) -> pandas.DataFrame:
        """Return the answers that took far less or far more time than is usual for their annotator.

        Args:
            threshold: how many robust standard deviations of the logarithm count as far. Annotators with fewer than ten
                measured answers have no usual time.

        Returns:
            `record_id`, `annotator`, `seconds` (active time), `usual` (the annotator's median), `what`: `"quick"` or `"slow"`.

        Raises:
            InvalidInput: a threshold that is none.
            MissingExtra: numpy or pandas is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.quality import circumstances

        return _frame(circumstances.time_outliers(self, threshold), circumstances.TIMES)

    def outdated_answers(self) -> pandas.DataFrame:
        """Return the answers given under other guidelines than those of now, oldest first.

        Returns:
            `record_id`, `annotator`, `version` (of the settings then), `answered` (UTC).

        Raises:
            MissingExtra: numpy or pandas is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.quality import circumstances

        return _frame(circumstances.outdated_answers(self), circumstances.OUTDATED)


def _frame(lines: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pandas.DataFrame:
    found: pandas.DataFrame = require("pandas", "data").DataFrame(lines, columns=list(columns))
    return found
