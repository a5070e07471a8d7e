"""How far the work has come: counts at once, and what it takes to know more when somebody looks."""

from __future__ import annotations

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import MissingExtra, require

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.live import Live
    from feedback_widgets.progress.figures import Figures

BAR = 20  # characters of a bar: a host that trusts nothing strips styles and <progress>, never characters


class Progress(dict[str, Any]):
    """The counts of a dataset, as a dict; times, agreement and what is left as methods and attributes.

    The dict is what `dataset.progress()` describes, and costs nothing. Everything else is read from the store when it is first
    asked for, and needs numpy (`pip install 'feedback_widgets[data]'`).

    Args:
        counts: what the dict holds.
        dataset: whose.

    >>> import feedback_widgets as fw
    >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
    ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
    >>> ds.add_records([{"text": "Could you help me?"}, {"text": "Go away."}])
    Added(new=2, known=0)
    >>> ds.respond(ds[0].id, {"tone": "polite"}, user="ann")
    >>> ds.progress()
    2 records: 1 submitted, 0 draft, 0 discarded, 1 pending
    annotator  submitted  draft  discarded  left  seconds  drift  agreement  drift
    ann                1      0          0     1        -      -          -      -
    1 answer left. Nobody can say how long that takes: 0 answers have a measured time, and 10 are needed
    """

    def __init__(self, counts: dict[str, Any], dataset: Live) -> None:
        super().__init__(counts)
        self._dataset = dataset

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy that travels is a plain dict: the dataset stays here."""
        return dict, (dict(self),)

    @cached_property
    def figures(self) -> Figures:
        """Times, agreement, drift and what is left, worked out once.

        Raises:
            MissingExtra: numpy is not installed.
            StoreError: the store cannot be read.
        """
        require("numpy", "data")
        from feedback_widgets.progress.figures import Figures

        return Figures.of(self._dataset, self)

    def to_pandas(self) -> pandas.DataFrame:
        """Return one line per annotator.

        Returns:
            `annotator`; `submitted`, `draft`, `discarded`: records; `left`: records that may still be asked of them; `seconds`:
            the median active time of a submitted answer; `agreement`: with the rest, 1 less (the mean distance from their
            answers / that of any two), the mean over questions by shared records; `shared`: how many records that are;
            `seconds_drift`, `agreement_drift`: the newer half of their answers less the older one, nan for fewer than ten;
            `last`: when they answered last (UTC); `hours_left`: `left` times their mean time, nan where too little is measured.

        Raises:
            MissingExtra: pandas or numpy is not installed.
        """
        frame: pandas.DataFrame = require("pandas", "data").DataFrame(
            [each.line() for each in self.figures.people],
            columns=[
                *("annotator", "submitted", "draft", "discarded", "left", "seconds", "seconds_drift"),
                *("agreement", "agreement_drift", "shared", "last", "hours_left"),
            ],
        )
        return frame

    def plot(self, ax: Any = None) -> Any:
        """Draw who has done how much, and when, and return the two matplotlib axes.

        Args:
            ax: two axes to draw on; default a figure of its own.

        Raises:
            InvalidInput: `ax` is not two axes.
            MissingExtra: matplotlib or numpy is not installed.
        """
        require("numpy", "data")
        from feedback_widgets.progress.plotting import draw

        return draw(self, ax)

    # -- shown ------------------------------------------------------------------------------------------------------

    @property
    def said(self) -> str:
        """The counts in words."""
        parts = [f"{self[name]} {name}" for name in ("submitted", "draft", "discarded", "pending")]
        done = f"; {self['complete']} complete" if "complete" in self else ""
        records = "1 record" if self["total"] == 1 else f"{self['total']} records"
        return f"{records}: {', '.join(parts)}{done}"

    @property
    def done(self) -> float:
        """The share of records that are done, 0 to 1: complete where there is an overlap, else submitted or discarded by anybody."""
        done = self.get("complete", self["submitted"] + self["discarded"])
        return float(done / self["total"]) if self["total"] else 0.0

    def __repr__(self) -> str:
        try:
            return "\n".join([self.said, *self.figures.said()])
        except MissingExtra as error:
            return f"{self.said}\nfor times and agreement {error}"

    def _repr_html_(self) -> str:
        """Return the same for a notebook. Names are hostile until they are escaped."""
        full = round(BAR * self.done)
        bar = "▰" * full + "▱" * (BAR - full)
        head = f"<p><span aria-hidden='true'>{bar}</span> {html.escape(self.said)}</p>"
        try:
            return head + self.figures.html()
        except MissingExtra as error:
            return f"{head}<p>{html.escape(f'for times and agreement {error}')}</p>"
