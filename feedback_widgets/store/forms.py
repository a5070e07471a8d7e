"""The form of a dataset, changed in one transaction: what would orphan anything that is stored is refused, with the count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import JSON, column, select, table
from sqlalchemy.engine import Connection

from feedback_widgets.errors import InvalidInput
from feedback_widgets.growth import Changed, Threat, changes, threats
from feedback_widgets.settings import Settings
from feedback_widgets.store import tables
from feedback_widgets.store.dialects import take_turn
from feedback_widgets.store.event import now
from feedback_widgets.store.log import Store

PAGE = 1000  # rows held at a time while they are counted
CURRENT = table("response", *(column(name) for name in ("dataset_id", "seq")), column("answers", JSON))


def change_settings(store: Store, dataset: str, to: Callable[[Settings], Settings]) -> Changed:
    """Keep a new version of a dataset's settings: what `to` makes of the newest one.

    Nobody writes to the dataset between the reading and the writing, so two kernels that extend a form at once both land,
    and no answer arrives between the count and the change. Equal settings keep their version.

    Raises:
        InvalidInput: `to` refused, or the change would orphan answers, suggestions or records; nothing was written.
        StoreError: it could not be written.
    """
    version, kept = store.settings(dataset)
    if to(Settings.from_dict(kept)).to_dict() == kept:
        return Changed(version)
    t = tables.settings_version
    with store._writing() as connection:  # noqa: SLF001 - the same room
        take_turn(connection, dataset)
        newest = (
            select(t.c.version, t.c.settings).where(t.c.dataset_id == dataset).order_by(t.c.version.desc())
        )
        version, kept = connection.execute(newest.limit(1)).one()
        old = Settings.from_dict(kept)
        new = to(old)
        if new.to_dict() == kept:
            return Changed(version)
        _refuse_losses(connection, dataset, threats(old, new), store.place)
        connection.execute(
            t.insert().values(
                dataset_id=dataset, version=version + 1, settings=new.to_dict(), created_at=now()
            )
        )
    return Changed(version + 1, tuple(changes(old, new)))


def versions(store: Store, dataset: str) -> list[dict[str, Any]]:
    """Return all settings a dataset ever had; the first is version 1."""
    t = tables.settings_version.c
    with store._reading() as connection:  # noqa: SLF001 - the same room
        query = select(t.settings).where(t.dataset_id == dataset).order_by(t.version)
        return list(connection.scalars(query))


# -- what would be lost -----------------------------------------------------------------------------------------------


def _refuse_losses(connection: Connection, dataset: str, found: list[Threat], place: str) -> None:
    counted = _count(connection, dataset, found) if found else {}
    said = [
        f"{threat.said}, and {_listed(counted[at])} would be orphaned"
        for at, threat in enumerate(found)
        if at in counted and counted[at].total()
    ]
    if said:
        raise InvalidInput(
            f"the dataset in {place!r} has another form and cannot take this one: {'; '.join(said)}. Nothing was changed: "
            "keep what is in use, save under another name, or FeedbackDataset.load(...) the one that is there"
        )


def _listed(counts: Counter[str]) -> str:
    """Say how many of each: `"12 answers and 1 suggestion"`."""
    kinds = {
        "answers": "answer{} (drafts included)",
        "earlier": "earlier answer{} that undo may bring back",
        "decisions": "reviewers' decision{}",
        "suggestions": "suggestion{}",
        "records": "record{}",
    }
    return " and ".join(
        f"{counts[kind]} {words.format('' if counts[kind] == 1 else 's')}"
        for kind, words in kinds.items()
        if counts[kind]
    )


def _count(connection: Connection, dataset: str, found: list[Threat]) -> dict[int, Counter[str]]:
    """Return for each threat, by its place in the list, how much of what it harms."""
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    by_kind: dict[str, list[tuple[int, Threat]]] = defaultdict(list)
    for at, threat in enumerate(found):
        by_kind[threat.kept].append((at, threat))
    if asked := by_kind["answers"]:
        _count_answers(connection, dataset, asked, counted)
        _count_suggestions(connection, dataset, asked, counted)
    r = tables.record.c
    for kept, values in (("fields", r.fields), ("metadata", r.metadata)):
        if by_kind[kept]:
            for (held,) in _pages(connection, select(values).where(r.dataset_id == dataset)):
                for at, threat in by_kind[kept]:
                    counted[at]["records"] += threat.harms(held.get(threat.name))
    return counted


def _count_answers(
    connection: Connection, dataset: str, asked: list[tuple[int, Threat]], counted: dict[int, Counter[str]]
) -> None:
    """Count the answers that stand, drafts among them, and the earlier ones that the log still holds."""
    t = tables.response_event.c
    everything = select(t.seq, t.answers).where(t.dataset_id == dataset)
    standing = select(CURRENT.c.seq, CURRENT.c.answers).where(CURRENT.c.dataset_id == dataset)
    for kind, query in (("earlier", everything), ("answers", standing)):
        for _, answers in _pages(connection, query):
            for at, threat in asked:
                counted[at][kind] += threat.harms(answers.get(threat.name))
    reviewed = tables.review_event.c
    decided = select(reviewed.seq, reviewed.answers).where(reviewed.dataset_id == dataset)
    for _, answers in _pages(connection, decided):
        for at, threat in asked:
            counted[at]["decisions"] += threat.harms(answers.get(threat.name))
    for at, _ in asked:
        counted[at]["earlier"] -= counted[at]["answers"]  # the log holds those that stand as well


def _count_suggestions(
    connection: Connection, dataset: str, asked: list[tuple[int, Threat]], counted: dict[int, Counter[str]]
) -> None:
    s = tables.suggestion.c
    names = {threat.name: (at, threat) for at, threat in asked}
    query = select(s.question, s.value).where(s.dataset_id == dataset, s.question.in_(names))
    for name, value in _pages(connection, query):
        at, threat = names[name]
        counted[at]["suggestions"] += threat.harms(value)


def _pages(connection: Connection, query: Any) -> Iterator[Any]:
    """Yield rows without holding them all."""
    yield from connection.execute(query.execution_options(yield_per=PAGE))
