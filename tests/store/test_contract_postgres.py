"""What is PostgreSQL's own: the order of numbers, servers that come and go, rights, and passwords nobody sees."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from collections import Counter

import psycopg
import pytest
from sqlalchemy import func, select

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput, MissingExtra, StoreError
from feedback_widgets.store import Store, answers, dialects, open_store
from feedback_widgets.store.dialects import take_turn
from feedback_widgets.store.quick import Statement

KINDS = ["postgres"]
KEY = "d" * 32


@pytest.fixture
def second(place, store):
    """Return the same store as another kernel has it open."""
    opened = Store(place)
    yield opened
    opened.close()


@pytest.fixture
def role(postgres_server):
    """Return the name of a user of the server without any rights; the password is the owner's."""
    name = f"role{time.monotonic_ns()}"
    postgres_server.sql(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim'")
    yield name
    postgres_server.sql(f"DROP OWNED BY {name}")
    postgres_server.sql(f"DROP ROLE {name}")


def database_of(url):
    """Return the name of the database in an address."""
    return url.rpartition("/")[2]


def wait_until(true):
    """Wait until `true()` holds, at most ten seconds."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_numbers_become_visible_in_their_order(store, second, event, postgres_server, place):
    """While one append is not committed no other may overtake it: else a reader would pass over the lower number."""
    slow, fast = event(), event(user="bob")
    stored = []
    late = threading.Thread(target=lambda: stored.extend(second.append(KEY, [fast])))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    def lingers(session):
        store._append(session, KEY, [slow])
        late.start()
        wait_until(lambda: stored or postgres_server.sql(waiting, database_of(place)) == [(1,)])
        return store.since(KEY)

    assert store._in_turn(KEY, lingers) == []  # nothing overtook
    late.join()
    assert [each.id for each in store.since(KEY)] == [slow.id, fast.id]


def test_a_reader_who_follows_misses_nothing(store, place, event):
    """Asking for what came after the last seen number gives every event of four kernels that write at once, once."""
    stores = [Store(place) for _ in range(4)]
    threads = [
        threading.Thread(
            target=lambda each=each: [each.append(KEY, [event(user=str(id(each)))]) for _ in range(60)]
        )
        for each in stores
    ]
    for thread in threads:
        thread.start()
    seen, last = [], 0
    while any(thread.is_alive() for thread in threads):
        seen += (new := store.since(KEY, last))
        last = new[-1].seq if new else last
    seen += store.since(KEY, last)
    for each in stores:
        each.close()
    assert Counter(each.id for each in seen) == Counter(each.id for each in store.since(KEY))
    assert len(seen) == 240


def test_many_kernels_open_an_empty_database_at_once(place):
    """The tables are made once, whoever comes first."""
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(Store(place))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.names() for each in opened] == [[]] * 6
    for each in opened:
        each.close()


def test_a_server_that_was_restarted_is_found_again(store, event, postgres_server):
    """While it is down answers are refused in words; the same event lands once when it is back, and kept ones are there."""
    first, waiting = event(), event(user="bob")
    store.append(KEY, [first])
    postgres_server.stop()
    try:
        for _ in range(2):
            with pytest.raises(
                StoreError, match="cannot be reached: check the address, and that the server is running"
            ):
                store.append(KEY, [waiting])
    finally:
        postgres_server.start()
    store.append(KEY, [waiting])
    store.append(KEY, [waiting])
    assert [each.id for each in store.since(KEY)] == [first.id, waiting.id]


def test_a_restart_that_nobody_noticed_costs_nothing(store, event, postgres_server):
    """Connections from before the restart are replaced before they are used."""
    store.append(KEY, [event()])
    postgres_server.stop()
    postgres_server.start()
    store.append(KEY, [event(user="bob")])
    assert len(store.since(KEY)) == 2


def test_a_connection_that_is_cut_in_the_middle_writes_nothing(store, event, postgres_server, monkeypatch):
    """A server process that ends between write and commit takes the whole call with it; sending again is safe."""
    given = event()
    newest = answers.newest

    def cut_off(session, *arguments):
        ((pid,),) = session.rows(Statement(lambda _: select(func.pg_backend_pid())))
        postgres_server.sql(f"SELECT pg_terminate_backend({pid})")
        return newest(session, *arguments)

    monkeypatch.setattr(answers, "newest", cut_off)  # between the first event and the draft behind it
    with pytest.raises(StoreError, match="cannot be reached"):
        store.append(KEY, [given, event("draft", user="bob")])
    monkeypatch.undo()
    assert store.since(KEY) == []
    assert store.append(KEY, [given])[0].id == given.id


def test_nobody_listens(postgres_server):
    """A wrong port is named with what to check."""
    import postgres

    with pytest.raises(StoreError, match=r"'postgresql\+psycopg://.*' cannot be reached: check the address"):
        open_store(f"postgresql://keeper:geheim@127.0.0.1:{postgres.free_port()}/x")


def test_a_wrong_password_or_name(postgres_server, postgres_url):
    """Who is not let in learns to check name and password."""
    database = database_of(postgres_url)
    for user, password in (("keeper", "wrong"), ("nobody-here", "wrong")):
        with pytest.raises(
            StoreError, match="does not let this user in: check the user's name and the password"
        ):
            open_store(postgres_server.url(database, user, password))


def test_a_database_that_is_not_there(postgres_server):
    """A wrong name of a database is told from a server that is gone."""
    with pytest.raises(StoreError, match="does not exist: create the database on the server"):
        open_store(postgres_server.url("nowhere"))


def test_a_user_without_rights(postgres_server, postgres_url, role):
    """Whoever may connect and not create tables is told what to ask for."""
    database = database_of(postgres_url)
    postgres_server.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database)
    with pytest.raises(StoreError, match="ask its owner to GRANT CREATE on the schema"):
        open_store(postgres_server.url(database, role))


def test_a_server_without_a_free_connection(postgres_server, store, place):
    """When the server is full the sentence says so, and with room again the same store works."""
    store.close()
    held = []
    with contextlib.suppress(psycopg.OperationalError):  # until there is none left
        while True:
            held.append(psycopg.connect(place))
    try:
        with pytest.raises(StoreError, match="takes no more connections: close idle kernels"):
            store.names()
    finally:
        for each in held:
            each.close()
    wait_until(
        lambda: len(postgres_server.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'keeper'")) < 40
    )
    assert store.names() == [("team", "tone")]


def test_a_read_only_server(postgres_server, store, place, event):
    """A replica, or a database set read-only, can be read and refuses answers in words."""
    postgres_server.sql(f'ALTER DATABASE "{database_of(place)}" SET default_transaction_read_only = on')
    store.close()
    assert len(store.records(KEY)) == 3
    with pytest.raises(StoreError, match="is read-only: give the address of the primary server"):
        store.append(KEY, [event()])


def test_a_turn_that_never_comes(place, store, event, monkeypatch):
    """Another kernel that hangs within its transaction is named as the cause, and nothing is acknowledged."""
    monkeypatch.setattr(dialects, "BUSY_SECONDS", 0.2)
    second = Store(place)
    with store._writing() as connection:
        take_turn(connection, KEY)
        with pytest.raises(StoreError, match="is busy: another process has been writing"):
            second.append(KEY, [event()])
    assert second.since(KEY) == []
    second.close()


def test_connections_end_with_their_store(postgres_server, postgres_url):
    """A store that nobody holds any more takes none of the server's connections."""
    store = Store(postgres_url)
    connected = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database_of(postgres_url)}'"
    assert postgres_server.sql(connected) != [(0,)]
    del store
    gc.collect()
    wait_until(lambda: postgres_server.sql(connected) == [(0,)])


@pytest.mark.parametrize(("given", "kept"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_an_answer_is_on_disk_before_it_is_acknowledged(postgres_server, postgres_url, given, kept):
    """A server told to acknowledge early is asked to wait for the disk; a stricter one stays stricter."""
    postgres_server.sql(f'ALTER DATABASE "{database_of(postgres_url)}" SET synchronous_commit = {given}')
    store = Store(postgres_url)
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == kept
    store.close()


def test_loading_from_an_empty_database_makes_no_store(place, postgres_server):
    """A database without a store is named, and stays empty."""
    with pytest.raises(StoreError, match="there is no store at"):
        fw.FeedbackDataset.load("tone", store=place)
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgres_server.sql(tables, database_of(place)) == [(0,)]


def test_the_ways_to_write_an_address_are_one_store(place):
    """`postgres://` as hosting services write it, `postgresql://`, and SQLAlchemy's own form."""
    rest = place.partition("://")[2]
    first = open_store(place)
    assert open_store(f"postgres://{rest}") is first
    assert open_store(f"postgresql+psycopg://{rest}") is first
    first.close()


def test_no_password_is_shown(place, store):
    """What is printed, sent to the desk or raised names the server without its password."""
    ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    ds.save("shown", store=place)
    for text in (repr(store), store.place, repr(ds), repr(ds.store.engine), ds.store.place):
        assert "geheim" not in text
        assert "***" in text
    ds.store.close()


def test_a_name_with_nul_is_refused_in_words(store, event):
    """PostgreSQL keeps no NUL in a name; nothing of the call is written."""
    with pytest.raises(InvalidInput, match=r"holds a NUL character \(U\+0000\); remove it"):
        store.append(KEY, [event(), event(user="a\x00b")])
    assert store.since(KEY) == []


def test_without_the_driver_the_command_is_named(monkeypatch):
    """PostgreSQL is an extra."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'feedback_widgets\[postgres\]'"):
        open_store("postgresql://localhost/x")
