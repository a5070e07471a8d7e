"""Progress as a picture: who has done how much, and when. Colours and hatches, so that it can be read on paper too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.plotting import INK, canvas, plain
from feedback_widgets.errors import InvalidInput, require

if TYPE_CHECKING:
    from feedback_widgets.progress import Progress
    from feedback_widgets.progress.figures import Figures

MOST = 20  # annotators in the bars
LINES = 6  # annotators with a line of their own
PARTS = {
    "submitted": ("#2f8f6b", ""),
    "draft": ("#c08a1e", "//"),
    "discarded": ("#9a6fb0", "xx"),
    "left": ("none", ""),
}
COLOURS = ("#2f8f6b", "#d0672f", "#5a7fd6", "#b0589a", "#a08a1e", "#3a9aa8")
DASHES = ("-", "--", "-.", ":")


def draw(progress: Progress, axes: Any = None) -> Any:
    """Draw progress on two axes; see `Progress.plot`."""
    plt = require("matplotlib.pyplot", "plot")
    figures = progress.figures
    if axes is None:
        height = max(2.4, 0.35 * min(len(figures.people), MOST) + 1.4)
        figure, axes = plt.subplots(1, 2, figsize=(10, height), layout="constrained")
        figure.patch.set_alpha(0)
    try:
        left, right = axes
    except TypeError:
        raise InvalidInput(
            f"ax={axes!r} is not allowed: give two axes, such as plt.subplots(1, 2)[1]"
        ) from None
    _bars(canvas(left), figures)
    _lines(canvas(right), figures)
    return left, right


def _bars(ax: Any, figures: Figures) -> None:
    people = sorted(figures.people, key=lambda each: -each.submitted)[:MOST][::-1]
    names, start = [_short(each.annotator) for each in people], np.zeros(len(people))
    places = np.arange(len(people))
    for part, (colour, hatch) in PARTS.items():
        wide = np.array(
            [getattr(each, part) - (each.draft if part == "left" else 0) for each in people], float
        )
        look = {"color": colour, "edgecolor": INK, "linewidth": 0.6, "hatch": hatch}
        ax.barh(places, wide, left=start, label=part, **look)
        start = start + wide
    ax.set_yticks(places, names)
    ax.set_xlabel("records")
    if people:
        _legend(ax)


def _lines(ax: Any, figures: Figures) -> None:
    dates = require("matplotlib.dates", "plot")
    counts = np.bincount(figures.who, minlength=len(figures.names)) if len(figures.who) else np.zeros(0)
    for at, user in enumerate(np.argsort(-counts, kind="stable")[:LINES]):
        when = np.sort(figures.when[figures.who == user])
        moments = (when * 1e6).astype("int64").astype("datetime64[us]")
        look = {"color": COLOURS[at % len(COLOURS)], "linestyle": DASHES[at % len(DASHES)], "linewidth": 1.8}
        ax.step(moments, np.arange(1, len(when) + 1), where="post", label=_short(figures.names[user]), **look)
    if len(counts):
        locator = dates.AutoDateLocator(minticks=3)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        ax.xaxis.get_offset_text().set_color(INK)
        ax.tick_params(axis="x", labelsize=8)
        _legend(ax)
    ax.set_ylabel("submitted answers")
    ax.set_xlabel("UTC")


def _legend(ax: Any) -> None:
    """Put the legend above the axes, where it covers nothing."""
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": len(PARTS)}
    ax.legend(frameon=False, labelcolor=INK, fontsize=9, handlelength=2.2, columnspacing=1.2, **place)


def _short(name: str) -> str:
    return plain(name if len(name) <= 20 else name[:19] + "…")
