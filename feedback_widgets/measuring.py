"""How the work itself is measured: a dataset's methods about agreement, models, progress and quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.answering import Answering
from feedback_widgets.errors import require

if TYPE_CHECKING:
    from feedback_widgets.agreement.metric import AgreementMetricResult
    from feedback_widgets.agreement.report import Agreement


class Measuring(Answering):
    """What `FeedbackDataset` can say about its answers. Each method opens its room when it is first called."""

    def agreement(
        self,
        questions: str | Sequence[str] | None = None,
        users: Sequence[str] | None = None,
        *,
        records: Sequence[str] | None = None,
        level: str | None = None,
        draws: int = 1000,
        seed: int = 0,
        confidence: float = 0.95,
    ) -> Agreement:
        """Return how far annotators agree: a report that prints a small table, what people reach elsewhere beside it.

        Krippendorff's alpha with a bootstrap interval, the share of equal answers; Cohen's and Fleiss' kappa; per two
        annotators (`.pairs()`), per annotator (`.annotators()`), over time (`.over_time()`), as a heat map (`.plot()`), as
        a DataFrame (`.to_pandas()`). Only submitted answers count.

        Args:
            questions: one or several; default all but texts.
            users: these annotators alone.
            records: ids of the records that count; default all.
            level: `"nominal"`, `"ordinal"`, `"interval"` or `"ratio"`; default: what suits the question (ratings: interval).
            draws: how often records are drawn again for the interval; 0 for none.
            seed: of these draws.
            confidence: of the interval.

        Raises:
            InvalidInput: an unknown question, annotator or level; or a text question, which has no distance.
            MissingExtra: numpy is not installed.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> answers = [("polite", "polite"), ("rude", "rude"), ("rude", "polite"), ("polite", "polite")]
        >>> ds.add_records([{"fields": {"text": f"t{at}"}, "responses": [{"user_id": "ann", "values": {"tone": one}},
        ...                 {"user_id": "bob", "values": {"tone": two}}]} for at, (one, two) in enumerate(answers)])
        Added(new=4, known=0)
        >>> round(ds.agreement()["tone"].alpha, 3)
        0.533
        """
        require("numpy", "data")
        from feedback_widgets.agreement.report import agreement

        return agreement(self, questions, users, records, level, (draws, seed, confidence))

    def compute_agreement_metrics(
        self,
        metric_names: str | Sequence[str] = "alpha",
        question_name: str = "",
        field_name: str | Sequence[str] | None = None,
        *,
        filter_by: Mapping[str, Any] | None = None,
        sort_by: Any = None,
        max_records: int | None = None,
        items: str = "record",
    ) -> AgreementMetricResult | list[AgreementMetricResult]:
        """Return agreement on one question under the names that Argilla's users know; `agreement()` says more.

        Args:
            metric_names: `"alpha"`, or a list of names, which gives a list of results.
            question_name: the question.
            field_name: checked, and used with `items="field"` alone: what was judged is the record.
            filter_by: conditions on records, as `filter_by` takes them.
            sort_by: an order of records, as `sort_by` takes it.
            max_records: count the first so many alone.
            items: `"record"`; or `"field"`, where records with the same content are one, as Argilla counted.

        Raises:
            InvalidInput: an unknown question, field or metric, or a question of texts.
            MissingExtra: numpy is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.agreement.metric import chosen_records, compute_agreement_metrics

        records = chosen_records(self, filter_by, sort_by, max_records)
        return compute_agreement_metrics(self, metric_names, question_name, field_name, records, items)

    def compute_model_metrics(
        self,
        metric_names: str | Sequence[str] | None = None,
        question_name: str = "",
        *,
        strategy: str | None = None,
        agent: str | None = None,
        positive: Any = None,
        filter_by: Mapping[str, Any] | None = None,
        sort_by: Any = None,
        max_records: int | None = None,
        seed: int | None = None,
    ) -> Any:
        """Return how good suggestions are, held against submitted answers: of each annotator, or unified ones.

        Labels, pairs and ratings: `accuracy`, `f1-score`, `precision`, `recall`, `confusion-matrix` (rows are answers, columns
        suggestions, in the question's order); labels also `pearson-r` (of their places in the question), ratings `spearman-r`.
        Several labels: the first five, by label. Rankings: `ndcg-score`. Texts: `gleu`, `rouge`. Answers without a suggestion
        are skipped and counted.

        Args:
            metric_names: one name or several; default all that the question has.
            question_name: the question.
            strategy: unify people's answers first, see docs/aggregation.md; default: one list of results per annotator.
            agent: whose suggestions; default the newest of each record.
            positive: the option that precision, recall and F1 are about. Default: of two labels the first, of two ratings the
                higher; else the mean over all options that occur.
            filter_by: conditions on records, as `filter_by` takes them.
            sort_by: an order of records, as `sort_by` takes it.
            max_records: the first so many alone.
            seed: settle draws of the strategy by chance.

        Returns:
            Annotator -> list of `ModelMetricResult`; with a strategy a list, and a single one for a single name.

        Raises:
            InvalidInput: an unknown question, metric, strategy, agent or option; the near miss is named.
            MissingExtra: numpy or pandas is not installed.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"fields": {"text": f"t{at}"}, "suggestions": [{"question_name": "tone", "value": "rude"}],
        ...                 "responses": [{"user_id": "ann", "values": {"tone": tone}}]} for at, tone in enumerate(("polite", "rude"))])
        Added(new=2, known=0)
        >>> ds.compute_model_metrics("accuracy", "tone", strategy="majority")
        ModelMetricResult(metric_name='accuracy', count=2, result=0.5, skipped=0)
        """
        require("numpy", "data")
        from feedback_widgets.agreement.metric import chosen_records
        from feedback_widgets.metrics.models import compute_model_metrics

        records = chosen_records(self, filter_by, sort_by, max_records)
        return compute_model_metrics(
            self, metric_names, question_name, strategy, agent, positive, records, seed
        )
