"""A trained model's card: which answers it was made from, with which settings, and how good it became. In Markdown, with a picture.

Nothing in a card comes from records unless the user asks for examples, and nothing in it is trusted to be harmless text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import PurePath
from typing import Any

PICTURE = "metrics.svg"
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
# Numbers that say how long a training took, and not how good the model is.
ABOUT_TIME = ("runtime", "per_second", "total_flos", "epoch", "num_tokens")
PANELS, WIDE, HIGH, EDGE = 6, 280, 130, 28  # of the picture, in pixels


@dataclass
class Facts:
    """What a card tells.

    Args:
        model: where the training started from.
        task, framework: what was learned, on which library.
        data: lines about the answers: name -> text.
        settings: name, value and the library's own default of each setting that was given.
        metrics: the final numbers.
        history: the library's logs, each with its `step`.
        usage: Python that loads the model; "" where there is nothing to show.
        packages: name -> version.
        examples: training rows that the user asked to show.
        metadata: further entries of the card's head, such as `license` and `language`.
    """

    model: str
    task: str
    framework: str
    data: Mapping[str, str] = field(default_factory=dict)
    settings: Sequence[tuple[str, Any, Any]] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    usage: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    examples: Sequence[Mapping[str, Any]] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def written(facts: Facts) -> str:
    """Return the card's Markdown."""
    title = facts.metadata.get("model_name") or f"A model for {facts.task.replace('_', ' ')}"
    parts = [
        _head(facts),
        f"# {plain(title)}",
        f"{code(facts.model)}, trained with {code(facts.framework)} on what people answered.",
        "## Data",
        "\n".join(f"- {plain(name)}: {code(text)}" for name, text in facts.data.items()),
    ]
    if facts.settings:
        rows = [
            (code(name), code(_told(value)), code(_told(default))) for name, value, default in facts.settings
        ]
        parts += [
            "## Settings",
            "What differs from the library's defaults.",
            _table(("setting", "value", "default"), rows),
        ]
    numbers = {name: value for name, value in facts.metrics.items() if not name.endswith(ABOUT_TIME)}
    if numbers:
        parts += [
            "## Measures",
            _table(
                ("measure", "value"), [(code(name), code(_told(value))) for name, value in numbers.items()]
            ),
        ]
    if picture(facts.history):
        parts.append(f"![How the measures went from step to step]({PICTURE})")
    if facts.examples:
        shown = "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in facts.examples)
        parts += ["## Examples of its training rows", fenced(shown, "json")]
    if facts.usage:
        parts += ["## Use", fenced(facts.usage, "python")]
    versions = ", ".join(f"{name} {version}" for name, version in facts.packages.items())
    return "\n\n".join(each for each in [*parts, plain(versions)] if each) + "\n"


def _head(facts: Facts) -> str:
    """Write the YAML head. Its values are JSON, which YAML contains, so that no name can break out of its place."""
    tags = ["feedback-widgets", "human-feedback", facts.framework, facts.task.replace("_", "-")]
    head: dict[str, Any] = {"library_name": {"trl": "transformers"}.get(facts.framework, facts.framework)}
    if HUB_ID.fullmatch(facts.model):
        head["base_model"] = facts.model
    added = facts.metadata.get("tags", [])
    head |= {**facts.metadata, "tags": [*tags, *([added] if isinstance(added, str) else added)]}
    return "\n".join(
        ["---", *(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()), "---"]
    )


def code(text: Any) -> str:
    """Return a text as Markdown shows it letter by letter: in as many backticks as it takes, on one line.

    >>> code("a `b` <script>")
    '`` a `b` <script> ``'
    """
    line = " ".join(str(text).split()) or " "
    longest = max((len(each) for each in re.findall("`+", line)), default=0)
    blank = " " if longest else ""
    ticks = "`" * (longest + 1)
    return f"{ticks}{blank}{line}{blank}{ticks}"


def fenced(text: str, language: str) -> str:
    """Return a block of code whose fence is longer than any in the text."""
    longest = max((len(each) for each in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def plain(text: Any) -> str:
    r"""Return a text in which Markdown and HTML find nothing of theirs.

    >>> plain("a <b> [c](d)")
    'a &lt;b&gt; \\[c\\](d)'
    """
    return re.sub(r"([\\`*_\[\]#|!~])", r"\\\1", escape(" ".join(str(text).split()), quote=False))


def shortened(place: str) -> str:
    """Return the last part of a path or address: what may be shown to everybody.

    >>> shortened("teams/ann/feedback.db"), shortened("postgresql://ann@host/feedback")
    ('feedback.db', 'feedback')
    """
    return PurePath(place.replace("\\", "/")).name


def _told(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"

    return "\n".join([line(head), line("---" for _ in head), *map(line, rows)])


def picture(history: Sequence[Mapping[str, Any]]) -> str:
    """Return an SVG picture of what was logged at two steps or more, one panel for each measure; "" where there is nothing.

    A measure and its `eval_` twin, of the held-out records, share a panel: the twin is dashed.
    """
    series: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for log in history:
        for name, value in log.items():
            measure = name.removeprefix("eval_")
            if (
                isinstance(value, int | float)
                and name not in ("step", "learning_rate")
                and not name.endswith(ABOUT_TIME)
            ):
                series.setdefault(measure, {}).setdefault(name, []).append(
                    (float(log.get("step", 0)), float(value))
                )
    drawn = {name: lines for name, lines in series.items() if max(map(len, lines.values())) > 1}
    shown = list(drawn.items())[:PANELS]
    if not shown:
        return ""
    columns = min(3, len(shown))
    size = (columns * WIDE, -(-len(shown) // columns) * HIGH)
    panels = [
        _panel(name, lines, at % columns * WIDE, at // columns * HIGH)
        for at, (name, lines) in enumerate(shown)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(panels)}</svg>\n'
    )


def _panel(name: str, lines: Mapping[str, list[tuple[float, float]]], left: int, top: int) -> str:
    points = [point for line in lines.values() for point in line]
    (first, last), (low, high) = ((min(side), max(side)) for side in zip(*points, strict=True))

    def place(point: tuple[float, float]) -> str:
        x = EDGE + (point[0] - first) / ((last - first) or 1) * (WIDE - 2 * EDGE)
        y = HIGH - EDGE - (point[1] - low) / ((high - low) or 1) * (HIGH - 2 * EDGE)
        return f"{x:.1f},{y:.1f}"

    drawn = [
        f'<polyline fill="none" stroke="#3157a4" stroke-width="1.5"{" stroke-dasharray=" + chr(34) + "5 3" + chr(34) if each.startswith("eval_") else ""} '
        f'points="{" ".join(map(place, line))}"/>'
        for each, line in lines.items()
    ]
    ends = f"{low:.3g} … {high:.3g}, steps {first:g} … {last:g}"
    return (
        f'<g transform="translate({left},{top})"><text x="{EDGE}" y="18">{escape(name)}</text>'
        f'<text x="{EDGE}" y="{HIGH - 8}" fill="#666">{escape(ends)}</text>{"".join(drawn)}</g>'
    )
