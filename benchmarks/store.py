"""What the store costs, beside a bare `sqlite3` script that does the same work.

    python benchmarks/store.py            100,000 records
    python benchmarks/store.py --big      1,000,000 records as well
    python benchmarks/store.py --reading  whole datasets read: the past, a walk over all records, tables; --big as well
    python benchmarks/store.py --postgres the same on a PostgreSQL server of its own (without fsync), beside bare psycopg

Everything is measured on one file at one `synchronous` level; a bare script stands beside each figure that has one.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

import feedback_widgets as fw
from feedback_widgets.queue import window
from feedback_widgets.store import Event, new_id, watch

COMMITS = 400
RECORD = """CREATE TABLE record (seq INTEGER PRIMARY KEY AUTOINCREMENT, dataset_id TEXT, id TEXT, fields TEXT,
 metadata TEXT, external_id TEXT, inserted_at TEXT, updated_at TEXT, UNIQUE (dataset_id, id))"""
EVENT = """CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, dataset_id TEXT, record_id TEXT,
 user_id TEXT, status TEXT, answers TEXT, received_at TEXT, shown TEXT, UNIQUE (dataset_id, id))"""
INDEXES = [  # the same as ours: whoever wants to read as quickly has to keep them
    "CREATE INDEX a ON event (dataset_id, record_id, user_id, seq, status)",
    "CREATE INDEX b ON event (dataset_id, user_id, seq, record_id, status)",
    "CREATE INDEX c ON event (dataset_id, seq)",
    "CREATE INDEX d ON record (dataset_id, seq, id)",
]
TIME = "2026-01-01T00:00:00.000000Z"


def fields(number: int) -> dict[str, str]:
    """Return a record's content: about 300 characters."""
    return {"text": f"record {number}: " + "could you please pass the salt? " * 9}


def line(what: str, value: float, unit: str, limit: float | None = None, beside: float | None = None) -> None:
    """Print one figure, its limit, and the bare script's."""
    bare = "" if beside is None else f"{beside:10.3f}"
    said = "" if limit is None else f"{limit:g}"
    judged = (
        ""
        if limit is None
        else ("ok" if (value >= limit if unit.endswith("/s") else value <= limit) else "MISSED")
    )
    print(f"| {what:<44} | {value:10.3f} | {unit:<6} | {said:>7} | {bare:>10} | {judged:<6} |", flush=True)


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 stay below."""
    return statistics.quantiles(values, n=20)[-1]


def timed(work, times: int) -> list[float]:
    """Return the milliseconds of each of `times` calls."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return took


def bare_store(place: Path, level: str, records: int) -> tuple[sqlite3.Connection, float]:
    """Import the same records without us; return the connection and the records per second."""
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {level}")
    for statement in (RECORD, EVENT, *INDEXES):
        connection.execute(statement)
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    given = (("d" * 32, f"{i:032x}", json.dumps(fields(i)), "{}", None, TIME, TIME) for i in range(records))
    columns = "(dataset_id, id, fields, metadata, external_id, inserted_at, updated_at)"
    connection.executemany(f"INSERT INTO record {columns} VALUES (?,?,?,?,?,?,?)", given)
    connection.execute("COMMIT")
    return connection, records / (time.perf_counter() - start)


def bare_commit(connection: sqlite3.Connection) -> None:
    """Commit one answer without us."""
    connection.execute("BEGIN IMMEDIATE")
    values = (str(uuid.uuid4()), "d" * 32, f"{7:032x}", "alice", "submitted", '{"tone":"rude"}', TIME, "{}")
    columns = "(id, dataset_id, record_id, user_id, status, answers, received_at, shown)"
    connection.execute(f"INSERT INTO event {columns} VALUES (?,?,?,?,?,?,?,?)", values)
    connection.execute("COMMIT")


def set_level(dataset: fw.FeedbackDataset, level: str) -> None:
    """Open all connections anew, at another synchronous level."""
    store = dataset.store

    def choose(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA synchronous = {level}")

    event.listen(store.engine, "connect", choose)  # the last one that listens has the last word
    store._writer.close()
    store.engine.dispose()


def empty() -> fw.FeedbackDataset:
    """Return the form."""
    question = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    return fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[question])


def commits(dataset: fw.FeedbackDataset, folder: Path, records: int) -> float:
    """Print what an acknowledged answer costs at both levels; return the bare import's records per second."""
    speed = 0.0
    target = dataset[7].id
    made = partial(Event, record_id=target, user_id="alice", status="submitted", answers={"tone": "rude"})
    for level, limit in (("FULL", None), ("NORMAL", 3.0)):
        bare, speed = bare_store(folder / f"bare-{level}.db", level, records)
        set_level(dataset, level)
        theirs, ours = [], []
        for _ in range(COMMITS):  # in turns, so that a busy moment hits all alike
            theirs += timed(partial(bare_commit, bare), 1)
            ours += timed(partial(dataset.append, [made(new_id())]), 1)
        beside = statistics.median(theirs)
        line(
            f"commit per answer, {level}, median", statistics.median(ours), "ms", round(2 * beside, 3), beside
        )
        line(f"commit per answer, {level}, p95", p95(ours), "ms", limit, p95(theirs))
        bare.close()
    set_level(dataset, "FULL")
    return speed


def head(what: str) -> None:
    """Begin a table."""
    print(f"\n{what}\n")
    print(f"| {'what':<44} | {'measured':>10} | {'unit':<6} | {'limit':>7} | {'bare':>10} | {'':<6} |")
    print(f"| {'-' * 44} | {'-' * 9}: | {'-' * 6} | {'-' * 6}: | {'-' * 9}: | {'-' * 6} |")


def answered(folder: Path, records: int) -> fw.FeedbackDataset:
    """Return a dataset in a file, every record answered once."""
    dataset = empty().save("big", store=folder / "feedback.db")
    dataset.add_records([{"fields": fields(i)} for i in range(records)])
    answer_all(dataset)
    return dataset


def answer_all(dataset: fw.FeedbackDataset) -> None:
    """Let one annotator answer every record."""
    ids = [dataset._memory.id_at(at) for at in range(len(dataset))]
    events = [Event(new_id(), each, "alice", "submitted", {"tone": "rude"}) for each in ids]
    for at in range(0, len(events), 50_000):
        dataset.append(events[at : at + 50_000])


def bare_walk(place: Path) -> int:
    """Read all records and answers of the file without us, JSON and all; return the number of records."""
    connection = sqlite3.connect(place)
    said: dict[str, list[Any]] = {}
    for record, answer in connection.execute("SELECT record_id, answers FROM response_event ORDER BY seq"):
        said.setdefault(record, []).append(json.loads(answer))
    rows = connection.execute("SELECT id, fields, metadata FROM record ORDER BY seq")
    found = sum(1 for each, content, more in rows if (json.loads(content), json.loads(more), said.get(each)))
    connection.close()
    return found


def cpu(what: str, work: Any, limit: float | None = None, beside: float | None = None) -> float:
    """Print the CPU seconds of this thread for one piece of work, and return them."""
    start = time.thread_time()
    work()
    took = time.thread_time() - start
    line(f"{what}, CPU", took, "s", limit, beside)
    return took


def measure_reading(records: int) -> None:
    """Print what it costs to read a whole dataset: CPU seconds of one thread, which other programs disturb little."""
    import psutil

    head(f"{records:,} records, each answered once, read")
    process, most = psutil.Process(), 0
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        dataset = answered(Path(name), records)
        seq, small = dataset._memory.last_event, records <= 100_000
        start = time.thread_time()
        assert bare_walk(Path(name) / "feedback.db") == records
        bare = time.thread_time() - start
        before = process.memory_info().rss

        def walk() -> None:
            nonlocal most
            for at, _ in enumerate(dataset):
                if at % 5_000 == 0:
                    most = max(most, process.memory_info().rss)

        cpu("a walk over all records", walk, None, bare)
        line("memory that the walk takes, at most", (most - before) / 1e6, "MB", 150)
        if small:
            cpu("as_of, right after the last answer", lambda: dataset.as_of(seq), 2)
            cpu("as_of, before the second half", lambda: dataset.as_of(seq // 2), 2)
            cpu("to_pandas", dataset.to_pandas, None, bare)
            cpu("rows", dataset.rows, None, bare)
        dataset.store.close()


def idle_share() -> float:
    """Return the percentage of one core that this process takes while nothing happens for four seconds."""
    before, start = time.process_time(), time.perf_counter()
    time.sleep(4)
    return 100 * (time.process_time() - before) / (time.perf_counter() - start)


def measure(records: int) -> None:
    """Print the table for one size."""
    head(f"{records:,} records")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        dataset = empty().save("big", store=folder / "feedback.db")
        given = [{"fields": fields(i)} for i in range(records)]
        start = time.perf_counter()
        dataset.add_records(given)
        speed = records / (time.perf_counter() - start)
        del given
        bare = commits(dataset, folder, records)
        line("import, add_records", speed, "rec/s", 50_000, bare)

        queue = timed(lambda: window(dataset, "bob", "pending", -1, 1), 200)
        line("next record, fresh annotator, p95", p95(queue), "ms", 5)
        answer_all(dataset)
        queue = timed(lambda: window(dataset, "alice", "pending", -1, 1), 20)
        line("next record, all but none answered, p95", p95(queue), "ms", 5)

        newest = dataset._memory.last_event
        line(
            "since(), nothing new, median",
            statistics.median(timed(lambda: dataset.store.since(dataset.key, newest), 500)),
            "ms",
            0.05,
        )
        line("sync(), nothing new, median", statistics.median(timed(dataset.sync, 500)), "ms")
        signal = watch.open_signal(dataset.store.engine)
        line(
            "the watcher's question, nothing new, median",
            statistics.median(timed(signal.changed, 500)),
            "ms",
            0.05,
        )
        signal.close()
        time.sleep(1)  # the last sync of our own commits
        share = statistics.median(idle_share() for _ in range(5))
        line("watcher, idle, CPU of one core", share, "%", 0.1)
        dataset.store.close()
        subprocess_load(folder / "feedback.db", records)


LOAD = """
import gc, sys, time, psutil
import feedback_widgets as fw
from feedback_widgets.store import open_store
import sqlalchemy
fw.FeedbackDataset
rss = lambda: (gc.collect(), psutil.Process().memory_info().rss / 1e6)[1]
before = rss()
start = time.perf_counter()
ds = fw.FeedbackDataset.load("big", store=sys.argv[1])
first = ds[0]
print(time.perf_counter() - start)
print(rss() - before)
"""


def subprocess_load(place: Path | str, records: int) -> None:
    """Load in a fresh process: every record answered once."""
    took = [
        [
            float(each)
            for each in subprocess.run(
                [sys.executable, "-c", LOAD, str(place)], capture_output=True, text=True, check=True
            ).stdout.split()
        ]
        for _ in range(3)
    ]
    line(
        "load to the first record, all answered",
        min(each[0] for each in took),
        "s",
        0.5 if records <= 100_000 else 1.5,
    )
    line("memory of the loaded dataset", took[-1][1], "MB", 500 if records > 100_000 else None)


def bare_server(url: str, records: int) -> tuple[Any, float]:
    """Import the same records into PostgreSQL without us; return the connection and the records per second."""
    import psycopg

    connection = psycopg.connect(url)
    serial = "INTEGER PRIMARY KEY AUTOINCREMENT"
    for statement in (RECORD, EVENT, *INDEXES):
        connection.execute(statement.replace(serial, "BIGSERIAL PRIMARY KEY"))  # type: ignore[arg-type]
    connection.commit()
    start = time.perf_counter()
    given = (("d" * 32, f"{i:032x}", json.dumps(fields(i)), "{}", None, TIME, TIME) for i in range(records))
    columns = "(dataset_id, id, fields, metadata, external_id, inserted_at, updated_at)"
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO record {columns} VALUES (%s,%s,%s,%s,%s,%s,%s)", given)
    connection.commit()
    return connection, records / (time.perf_counter() - start)


def bare_server_commit(connection: Any) -> None:
    """Commit one answer to PostgreSQL without us."""
    values = (str(uuid.uuid4()), "d" * 32, f"{7:032x}", "alice", "submitted", '{"tone":"rude"}', TIME, "{}")
    columns = "(id, dataset_id, record_id, user_id, status, answers, received_at, shown)"
    connection.execute(f"INSERT INTO event {columns} VALUES (%s,%s,%s,%s,%s,%s,%s,%s)", values)
    connection.commit()


def measure_server(records: int) -> None:
    """Print what a store on PostgreSQL costs, beside bare psycopg on the same server."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))
    import postgres

    programs = postgres.find()
    if programs is None:
        sys.exit(f"there is no PostgreSQL here: {postgres.ASK}")
    server = postgres.Server(programs)
    print(f"\n{records:,} records on PostgreSQL, on this machine, without fsync\n")
    dataset = empty().save("big", store=server.create_database())
    given = [{"fields": fields(i)} for i in range(records)]
    start = time.perf_counter()
    dataset.add_records(given)
    speed = records / (time.perf_counter() - start)
    bare, beside = bare_server(server.create_database(), records)
    line("import, add_records", speed, "rec/s", beside=beside)
    made = partial(
        Event, record_id=dataset[7].id, user_id="alice", status="submitted", answers={"tone": "rude"}
    )
    theirs, ours = [], []
    for _ in range(COMMITS):
        theirs += timed(partial(bare_server_commit, bare), 1)
        ours += timed(partial(dataset.append, [made(new_id())]), 1)
    line("commit per answer, median", statistics.median(ours), "ms", beside=statistics.median(theirs))
    line("commit per answer, p95", p95(ours), "ms", beside=p95(theirs))
    newest = dataset.store.since(dataset.key)[-1].seq
    since = timed(lambda: dataset.store.since(dataset.key, newest), 500)
    asked = timed(
        lambda: (bare.execute("SELECT 1 FROM event WHERE seq > 1000000").fetchall(), bare.rollback()), 500
    )
    line("since(), nothing new, median", statistics.median(since), "ms", beside=statistics.median(asked))
    line("sync(), nothing new, median", statistics.median(timed(dataset.sync, 500)), "ms")
    address = dataset.store.engine.url.render_as_string(hide_password=False)
    bare.close()
    dataset.store.close()
    subprocess_load(address, records)
    server.remove()


def main() -> None:
    """Measure."""
    if "--postgres" in sys.argv:
        measure_server(100_000)
        return
    work = measure_reading if "--reading" in sys.argv else measure
    work(100_000)
    if "--big" in sys.argv:
        work(1_000_000)


if __name__ == "__main__":
    main()
