"""Pictures that can be read on light and dark pages and on paper: no background of their own, and grey ink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.errors import InvalidInput, near_miss, require

if TYPE_CHECKING:
    from feedback_widgets.agreement.report import QuestionAgreement

INK = "#787878"  # stands out from white and from black alike (4.4:1 and 4.7:1)
# Hair lighter. Notebooks put a white or black card behind a picture whose axes are all on one side of middle grey: these are not.
OTHER = "#808080"
MOST = 40  # annotators in one picture
VALUES = ("alpha", "kappa", "percent")


def canvas(ax: Any = None, size: tuple[float, float] = (6, 4)) -> Any:
    """Return axes to draw on, in grey ink and without a background.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    plt = require("matplotlib.pyplot", "plot")
    if ax is None:
        figure, ax = plt.subplots(figsize=size, layout="constrained")
        figure.patch.set_alpha(0)
    ax.patch.set_alpha(0)
    for side in ax.spines.values():
        side.set_color(INK)
    ax.tick_params(axis="x", colors=OTHER)
    ax.tick_params(axis="y", colors=INK)
    for each in (ax.xaxis.label, ax.yaxis.label, ax.title):
        each.set_color(INK)
    return ax


def plain(name: str) -> str:
    """Return a name that matplotlib takes as it stands: a dollar sign would begin a formula."""
    return name.replace("$", r"\$")


def heat_map(question: QuestionAgreement, value: str, ax: Any = None) -> Any:
    """Draw how far every two annotators agree; see `Agreement.plot`."""
    if value not in VALUES:
        raise InvalidInput(
            f"value={value!r} is not allowed: it is one of {', '.join(VALUES)}.{near_miss(value, VALUES)}"
        )
    names = _busiest(question)
    cells = np.full((len(names), len(names)), np.nan)
    places = {name: at for at, name in enumerate(names)}
    for two in question.between:
        if two.one in places and two.other in places:
            one, other = places[two.one], places[two.other]
            cells[one, other] = cells[other, one] = getattr(two, value)
    side = max(3.0, 0.5 * len(names) + 1.5)
    ax = canvas(ax, (side + 1, side))
    image = ax.imshow(cells, vmin=0, vmax=1, cmap="viridis")
    ticks = [plain(name if len(name) <= 20 else name[:19] + "…") for name in names]
    ax.set_xticks(range(len(names)), ticks, rotation=45, ha="right")
    ax.set_yticks(range(len(names)), ticks)
    if len(names) <= 15:
        _write(ax, cells)
    ax.set_title(plain(f"{question.name}: {value} of every two annotators"), color=INK)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.8)
    bar.ax.tick_params(colors=INK)
    bar.outline.set_edgecolor(INK)
    return ax


def _busiest(question: QuestionAgreement) -> list[str]:
    given = np.bincount(question.judged.user, minlength=len(question.judged.users))
    order = np.argsort(-given, kind="stable")[:MOST]
    return sorted(question.judged.users[at] for at in order if given[at])


def _write(ax: Any, cells: Any) -> None:
    for (row, column), cell in np.ndenumerate(cells):
        if not np.isnan(cell):
            ink = "black" if cell > 0.6 else "white"  # viridis is bright above
            ax.text(column, row, f"{cell:.2f}", ha="center", va="center", color=ink, fontsize=9)
