"""The rooms of the package stand in a row, and each may only use rooms on its left."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "feedback_widgets"

# Left to right. A room may import rooms of columns further left, never its neighbours in the same column.
LAYERS: list[set[str]] = [
    {"errors"},
    {"_form", "words"},
    {"fields", "questions", "metadata", "query", "records", "vectors", "distribution"},
    {"settings"},
    {"growth", "templates"},
    {"store"},
    {"reviews"},
    {"statuses", "pages"},
    {"memory"},
    {"shares"},
    {"live"},
    {"finding"},
    {"answering"},
    {"measuring", "judging", "checking"},
    {"learning", "reviewing"},
    {"saving"},
    {"dataset"},
    {"columns", "walking"},
    {"queue", "assignment", "history", "keeping", "merging", "review", "aggregation", "search", "io"},
    {"agreement"},
    {"metrics", "progress", "quality"},
    {"widgets", "training", "generation", "tiny"},
    {"__init__", "cli"},
    {"feedback"},  # the names of `__init__` under another address
]

# `dataset` is what people hold in their hands, so a few of its methods open a room on its right, inside the function.
HELD = {
    "dataset",
    "learning",
    "reviewing",
    "saving",
    "answering",
    "finding",
    "measuring",
    "judging",
    "checking",
}  # the dataset's class, and its parts
DOORS: dict[str, set[str]] = {
    "annotate": {"widgets"},
    "prepare_for_training": {"training"},
    "format_as": {"io"},
    "to_pandas": {"io"},
    "rows": {"io"},
    "runs": {"training"},
    "export_for_training": {"training"},
    "instructions": {"training"},
    "push_to_huggingface": {"io"},
    "from_huggingface": {"io"},
    "assign": {"assignment"},
    "assignments": {"assignment"},
    "save": {"keeping"},
    "extend": {"keeping"},
    "load": {"keeping"},
    "undo": {"history"},
    "undoable": {"history"},
    "redo": {"history"},
    "redoable": {"history"},
    "history": {"history"},
    "search": {"search"},
    "find_similar": {"search"},
    "as_of": {"history"},
    "merge": {"merging"},
    "review": {"widgets"},
    "reviewers": {"keeping"},
    "agreement": {"agreement"},
    "compute_agreement_metrics": {"agreement"},
    "compute_model_metrics": {"agreement", "metrics"},
    "compute_unified_responses": {"aggregation"},
    "aggregate": {"aggregation"},
    "annotator_skills": {"aggregation"},
    "progress": {"progress", "widgets"},
    "quality": {"quality"},
    "add_repeats": {"quality"},
    "self_agreement": {"quality"},
    "add_gold": {"quality"},
    "gold_scores": {"quality"},
    "pairwise_bias": {"quality"},
    "time_outliers": {"quality"},
    "outdated_answers": {"quality"},
}


class Use(NamedTuple):
    """One import of one room by a function of another (`function` is empty at module level)."""

    file: str
    room: str
    function: str
    target: str


def rank(room: str) -> int:
    """Return the column of a room."""
    return next(column for column, rooms in enumerate(LAYERS) if room in rooms)


def room_of(path: Path) -> str:
    """Return the room a file belongs to: its own name, or that of its top folder."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_type_checking(node: ast.AST) -> bool:
    """Tell `if TYPE_CHECKING:` blocks, which never run, from the rest."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imported(node: ast.AST) -> list[str]:
    """Return the rooms that an import statement names."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "feedback_widgets":
        names = [f"feedback_widgets.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written in full, so that they can be read and checked"
        names = [node.module or ""]
    else:
        return []
    inside = [name.split(".") for name in names if name.split(".")[0] == "feedback_widgets"]
    rooms = set.union(*LAYERS)
    return [parts[1] if len(parts) > 1 and parts[1] in rooms else "__init__" for parts in inside]


def uses(node: ast.AST, file: Path, function: str = "") -> Iterator[Use]:
    """Walk a syntax tree and yield every import of a room, with the function it stands in."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            continue
        for target in imported(child):
            yield Use(file.name, room_of(file), function, target)
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else ""
        yield from uses(child, file, function or inner)


def forbidden(use: Use) -> bool:
    """Tell whether an import goes to the right, or sideways, and not through a door."""
    if use.target == use.room or rank(use.target) < rank(use.room):
        return False
    return not (use.room in HELD and use.target in DOORS.get(use.function, set()))


def all_uses() -> list[Use]:
    """Return every import of a room in the package."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [use for file in files for use in uses(ast.parse(file.read_text("utf-8")), file)]


def test_every_file_belongs_to_a_room_of_the_table():
    """A new module has to be given its place in the row of rooms."""
    unknown = {room_of(path) for path in PACKAGE.rglob("*.py")} - set.union(*LAYERS)
    assert unknown == set()


def test_no_room_uses_one_on_its_right():
    """Every import goes to the left, or through a named door of the dataset."""
    assert [use for use in all_uses() if forbidden(use)] == []


@pytest.mark.parametrize("door", sorted(DOORS))
def test_every_door_is_used(door):
    """The table of doors names no door that is walled up."""
    opened = {use.target for use in all_uses() if use.room in HELD and use.function == door}
    assert opened == DOORS[door]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from feedback_widgets.widgets.desk import Desk", True),
        ("from feedback_widgets import widgets", True),
        ("import feedback_widgets.training", True),
        ("def annotate():\n    from feedback_widgets.widgets.desk import Desk", False),
        ("def other():\n    from feedback_widgets.widgets.desk import Desk", True),
        ("if TYPE_CHECKING:\n    from feedback_widgets.widgets.desk import Desk", False),
        ("from feedback_widgets.settings import Settings", False),
    ],
)
def test_the_checker_sees_what_it_should(source, found):
    """The walk over the syntax tree notices every way to write an import."""
    assert any(forbidden(use) for use in uses(ast.parse(source), PACKAGE / "dataset.py")) == found
