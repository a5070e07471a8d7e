"""How many answers become one: a dataset's methods for unified values, for how sure they are, and for who can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from feedback_widgets.live import Live

if TYPE_CHECKING:
    import pandas


class Judging(Live):
    """What `FeedbackDataset` makes of several people's answers. Only submitted ones count."""

    def compute_unified_responses(
        self, question: Any, strategy: str | None = None, seed: int | None = None
    ) -> Self:
        """Make one value of the answers to each record, and let records tell it as `record.unified_responses[question]`.

        Running it again replaces what was there. Records without a submitted answer are left alone, and so are answers that come
        later: run it again. What a reviewer decided wins.

        Args:
            question: the question, its name, or a `Unification` of it.
            strategy: see docs/aggregation.md; default: the majority, of texts the medoid.
            seed: settle draws by chance, the same for the same seed; default: by the order of the question's options.

        Returns:
            The dataset itself.

        Raises:
            InvalidInput: there is no such question or strategy; the near miss is named.
            MissingExtra: a library is not installed.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5])])
        >>> ds.add_records([{"text": "A fine car."}])
        Added(new=1, known=0)
        >>> for user, stars in {"ann": 4, "bob": 5}.items():
        ...     ds.respond(ds[0].id, {"stars": stars}, user=user)
        >>> ds.compute_unified_responses("stars", "mean")[0].unified_responses
        {'stars': [{'value': 4.5, 'strategy': 'mean'}]}
        """
        from feedback_widgets.aggregation.tables import compute_unified_responses

        compute_unified_responses(self, question, strategy, seed)
        return self

    def aggregate(
        self,
        question: Any,
        strategy: str | None = None,
        seed: int | None = None,
        *,
        encoder: Callable[[str], Any] | None = None,
    ) -> pandas.DataFrame:
        """Return one line for each record with a submitted answer, in the order of the records.

        Args:
            question: the question, or its name.
            strategy: see docs/aggregation.md; default: the majority, of texts the medoid.
            seed: settle draws by chance, the same for the same seed; default: by the order of the question's options.
            encoder: for the strategy `rasa`, a text -> its vector.

        Returns:
            `record_id`; `value`; `confidence`, 0 to 1 (a majority's share of the votes, a crowd model's probability, else how near
            the answers are on average); `votes`, the number of answers; `disagreement`, 0 to 1, the mean distance between two
            people's answers, nan where one answered. `.attrs["skills"]` is annotator -> skill, and `.attrs["adjudicated"]` lists
            the records where a reviewer decided: their confidence is 1.

        Raises:
            InvalidInput: there is no such question or strategy; the near miss is named.
            MissingExtra: pandas, numpy, or for some strategies crowd-kit is not installed.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"text": "Could you help me?"}])
        Added(new=1, known=0)
        >>> for user, tone in {"ann": "polite", "bob": "polite", "eve": "rude"}.items():
        ...     ds.respond(ds[0].id, {"tone": tone}, user=user)
        >>> ds.aggregate("tone").round(2).to_dict("records")[0] | {"record_id": "…"}
        {'record_id': '…', 'value': 'polite', 'confidence': 0.67, 'votes': 3, 'disagreement': 0.67}
        """
        from feedback_widgets.aggregation.tables import aggregate

        return aggregate(self, question, strategy, seed, encoder)

    def annotator_skills(
        self, question: Any, strategy: str | None = None, seed: int | None = None
    ) -> pandas.DataFrame:
        """Return one line for each annotator, the most reliable first.

        Args:
            question: the question, or its name.
            strategy: how the value is found that they are measured against; default as in `aggregate`.
            seed: settle draws by chance.

        Returns:
            `user_id`; `answers`; `alone`, how many of them are a record's only answer and so agree with themselves; `skill`, 0 to 1:
            for crowd models the mean probability of what they said, for a majority of labels how often they are with it, else 1 -
            the mean distance to the value.

        Raises:
            InvalidInput: there is no such question or strategy, or it is `disagreement`.
            MissingExtra: pandas, numpy, or for some strategies crowd-kit is not installed.
        """
        from feedback_widgets.aggregation.tables import annotator_skills

        return annotator_skills(self, question, strategy, seed)
