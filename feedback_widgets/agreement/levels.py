"""What agreement people reach elsewhere, as published: a figure alone says little."""

from __future__ import annotations

from typing import NamedTuple


class Level(NamedTuple):
    """One published figure.

    Args:
        kinds: the types of question it can be held against.
        figure: what was measured, as printed.
        of: who agreed about what.
        source: where it stands.
    """

    kinds: tuple[str, ...]
    figure: str
    of: str
    source: str


PREFERENCES = ("pairwise", "ranking")
LEVELS = [
    Level(PREFERENCES, "72.6 ± 1.5 % the same", "labellers of InstructGPT", "Ouyang et al. 2022"),
    Level(PREFERENCES, "77.3 ± 1.3 % the same", "its held-out labellers", "Ouyang et al. 2022"),
    Level(PREFERENCES, "73 ± 4 % the same", "researchers on summaries", "Stiennon et al. 2020"),
    Level(
        PREFERENCES, "about 63 % the same", "researchers and crowd workers on dialogues", "Bai et al. 2022"
    ),
    Level(PREFERENCES, "over 80 % the same", "experts of MT-bench, ties left out", "Zheng et al. 2023"),
    Level(PREFERENCES, "kappa .85 to .88", "three annotators of PandaLM", "Wang et al. 2023"),
    Level(("rating",), "quadratic kappa .47", "HelpSteer2, helpfulness, as annotated", "Wang et al. 2024"),
    Level(
        ("rating",),
        "quadratic kappa .71",
        "the same after clearer guidelines and filtering",
        "Wang et al. 2024",
    ),
    Level(
        ("span",),
        "character F1 .35 to .39",
        "three raters of translation errors (MQM)",
        "Freitag et al. 2021 data",
    ),
    Level(
        ("label_selection", "multi_label_selection"),
        "alpha .80; .67",
        "the lower ends of reliable, and of tentative conclusions",
        "Krippendorff 2004",
    ),
]


def levels_for(kinds: set[str]) -> list[Level]:
    """Return the published figures for these types of question.

    >>> [each.figure for each in levels_for({"label_selection"})]
    ['alpha .80; .67']
    """
    return [each for each in LEVELS if kinds & set(each.kinds)]
