"""How answers are reviewed from a dataset: its methods for the review desk, for what was decided, and for merging datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.answering import current_user
from feedback_widgets.live import Live
from feedback_widgets.reviews import presented
from feedback_widgets.settings import check_reviewers

if TYPE_CHECKING:
    from feedback_widgets.widgets.reviewing import ReviewDesk


class Reviewing(Live):
    """What `FeedbackDataset` offers to reviewers."""

    @property
    def reviewers(self) -> list[str] | None:
        """The names of those who may review; None where everybody may. Set it to change it, in every kernel.

        Names are as trustworthy as the kernel that gives them: see docs/review.md.

        Raises:
            InvalidInput: what it is set to is no list of names, or names somebody twice.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
        >>> ds.reviewers = ["rita"]
        >>> ds.reviewers
        ['rita']
        """
        named = self.settings.reviewers
        return None if named is None else list(named)

    @reviewers.setter
    def reviewers(self, names: Sequence[str] | None) -> None:
        from feedback_widgets.keeping import set_reviewers

        check_reviewers(names)
        set_reviewers(self, names)

    def review(
        self,
        user: str | None = None,
        *,
        blind: bool = False,
        disputed: bool = False,
        filter: Any = None,
        height: str | int | None = None,
        language: str | None = None,
    ) -> ReviewDesk:
        """Return a review desk: the records that people submitted, those in most dispute first, all answers side by side.

        Args:
            user: the reviewer's name; default: `$JUPYTERHUB_USER`, else the login name.
            blind: the page learns neither who answered nor when; answers stand in another order on each record.
            disputed: leave out records whose answers are all alike.
            filter: only some records; as for `annotate`.
            height: of the desk, in pixels or as a length such as `"60vh"`.
            language: what the desk itself speaks: `"en"`, `"de"`, `"es"` or `"zh"`; default: as the page around it does.

        Raises:
            InvalidInput: `reviewers` does not name this person, or an argument is not one of those above.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"text": "Hm."}])
        Added(new=1, known=0)
        >>> ds.respond(ds[0].id, {"tone": "rude"}, user="ann")
        >>> ds.respond(ds[0].id, {"tone": "polite"}, user="bob")
        >>> desk = ds.review(user="rita")
        >>> desk.adopt(desk.record, "bob")
        >>> ds[0].adjudicated
        {'tone': 'polite'}
        """
        from feedback_widgets.widgets.reviewing import ReviewDesk

        layout: dict[str, Any] = {"height": height, "language": language}
        who = str(user or current_user())
        return ReviewDesk(self, who, blind=blind, disputed=disputed, filter=filter, **layout)  # type: ignore[arg-type]

    def adjudicated(self, question: str | None = None) -> dict[str, Any]:
        """Return what reviewers decided: record id -> value of the question, or without one -> {question: value}.

        Raises:
            InvalidInput: there is no such question.
        """
        self.sync()
        if question is None:
            decided = self._reviews.records()
            return {each: presented(self.settings, self._reviews.decided(each)) for each in decided}
        found = self.settings._known_question(question)  # noqa: SLF001 - it names the near miss
        return {each: found.present(value) for each, value in self._reviews.values(question).items()}
