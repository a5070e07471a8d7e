"""A front end that lies: twenty thousand messages that no desk of ours would send, and what must still hold."""

from __future__ import annotations

import copy
import gc
import json
import random
import sqlite3
import tracemalloc
import uuid

import pytest

import feedback_widgets as fw

COUNT = 20_000
SEED = 20_261_121
LONG = "x" * 1_000_000
ANSWERS = {
    "hello": "welcome",
    "records": "records",
    "respond": "saved",
    "undo": "undone",
    "source": "source",
}
# Names that exist in the kernel's class: a kind must never be looked up there unread.
KINDS = [
    "reply",
    "_reply",
    "on_message",
    "checked",
    "counts",
    "push",
    "window",
    "__init__",
    "",
    "HELLO",
    "progress",
]
STRINGS = [
    "",
    " ",
    "bob",
    "a\x00b",
    "\ud83d",
    "\udc4d\ud83d",
    "\u202e\u2028",
    "'); drop table response_event; --",
    "../../etc/passwd",
    "__class__",
    "{0.__class__}",
    "<img src=x onerror=alert(1)>",
    "e" * 65,
    "1e999",
]
NUMBERS = [
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**30,
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    -float("inf"),
]
REPLY_LIMIT = 100_000  # characters; what was sent must not come back in full


def other_records(store):
    """Save a second dataset beside the first, with an answer in it, and return it."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    made.add_records([{"text": f"other {i}"} for i in range(3)])
    made.save("other", store=store)
    made.respond(made[0].id, {"tone": "rude"}, user="alice")
    return made


def nested(depth):
    """Return lists and dicts in each other; JSON's own reader gives up not far beyond."""
    made = 1
    for level in range(depth):
        made = [made] if level % 2 else {"a": made}
    return made


class Liar:
    """Makes messages from a seed: good ones, good ones with something broken in them, and rubbish."""

    def __init__(self, dataset, other, strangers):
        self.random = random.Random(SEED)
        self.records = [record.id for record in dataset]
        self.foreign = [record.id for record in other]
        self.events = list(strangers)  # ids that others have used
        self.rids = ["r0"]

    def junk(self, depth=0):
        """Return any JSON value, and some that only look like JSON."""
        pick = self.random.random()
        if pick < 0.3:
            return self.random.choice(STRINGS)
        if pick < 0.55:
            return self.random.choice(NUMBERS)
        if pick < 0.7:
            return self.random.choice([None, True, False])
        if pick < 0.702 and not depth:
            return self.random.choice([LONG, [0] * 100_000, {str(i): i for i in range(20_000)}, nested(400)])
        if depth > 3:
            return []
        size = self.random.randrange(4)
        if pick < 0.85:
            return [self.junk(depth + 1) for _ in range(size)]
        return {self.key(): self.junk(depth + 1) for _ in range(size)}

    def key(self):
        """Return a name: one of the protocol's own, or rubbish."""
        names = [
            "v",
            "client",
            "rid",
            "kind",
            "events",
            "event",
            "record",
            "status",
            "values",
            "tone",
            "user",
            "id",
        ]
        return self.random.choice([*names, "user_id", "user", *STRINGS])

    def event(self):
        """Return an answer, mostly a good one, which may claim to be somebody else's."""
        pick = self.random.random()
        record = self.random.choice(self.records if pick < 0.8 else [*self.foreign, "nobody", ""])
        made = {
            "event": str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            "record": record,
            "status": self.random.choice(["submitted", "draft", "discarded", "pending"]),
            "values": {"tone": self.random.choice(["polite", "rude", "rudest"])},
            "started": "2026-01-01T00:00:00Z",
            "duration_ms": 1200,
            "shown": {"suggestions": ["tone"]},
        }
        if self.random.random() < 0.3:
            made |= {"user": "bob", "user_id": "bob", "seq": 1, "dataset": "other", "client": "bob"}
        if self.random.random() < 0.2:
            made["event"] = self.random.choice(self.events)
        self.events.append(made["event"])
        return made

    def good(self):
        """Return a message that a page might send."""
        kind = self.random.choices(list(ANSWERS), [4, 6, 8, 1, 2])[0]
        rid = (
            self.random.choice(self.rids) if self.random.random() < 0.2 else f"r{self.random.getrandbits(64)}"
        )
        self.rids = [*self.rids[-100:], rid]
        made = {"v": 1, "client": self.random.choice(["one", "two", "*"]), "seq": 1, "rid": rid, "kind": kind}
        if kind == "hello":
            made["pending"] = self.random.choices(self.events, k=self.random.randrange(3))
        elif kind == "records":
            queue = self.random.choice(["pending", "draft", "submitted", "discarded", "all", "nobody's"])
            made |= {
                "queue": queue,
                "after": self.random.randrange(-3, 9),
                "limit": self.random.randrange(103),
            }
        elif kind == "respond":
            made["events"] = [self.event() for _ in range(self.random.choice([1, 1, 1, 2, 5]))]
        elif kind == "undo":
            made["event"] = self.random.choice([str(uuid.uuid4()), self.random.choice(self.events)])
        return made

    def broken(self, message):
        """Return the message with something in it replaced, taken out or added, at any depth."""
        place = message
        while True:
            inner = [value for value in (place.values() if isinstance(place, dict) else place) if value]
            inner = [value for value in inner if isinstance(value, dict | list)]
            if not inner or self.random.random() < 0.4:
                break
            place = self.random.choice(inner)
        if isinstance(place, list):
            place[self.random.randrange(len(place))] = self.junk()
            return message
        act = self.random.random()
        name = self.random.choice(list(place))
        if act < 0.2:
            del place[name]
        elif act < 0.3:
            place[self.key()] = self.junk()
        elif act < 0.35 and place is message:
            place["kind"] = self.random.choice(KINDS)
        elif act < 0.4 and place is message:
            place["events"] = [self.event()] * 501
        else:
            place[name] = self.junk()
        return message

    def message(self):
        """Return the next message, as a transport would hand it over."""
        pick = self.random.random()
        made = self.junk() if pick < 0.1 else self.good()
        if pick > 0.3:
            for _ in range(self.random.choice([1, 1, 2, 3])):
                made = self.broken(made)
        return json.loads(json.dumps(made))


class Ledger:
    """What is in the file, as another program sees it."""

    def __init__(self, place):
        self.connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
        self.names = [
            name
            for (name,) in self.connection.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
            )
        ]

    def version(self):
        """Return a number that changes with every transaction of anybody else."""
        return self.connection.execute("pragma data_version").fetchone()[0]

    def rows(self):
        """Return every row of every table."""
        return {name: self.connection.execute(f"select * from {name}").fetchall() for name in self.names}

    def events(self):
        """Return (event id, dataset, annotator) of every answer."""
        return set(self.connection.execute("select id, dataset_id, user_id from response_event"))


@pytest.fixture
def other(dataset):
    """Return another dataset in the same store."""
    return other_records(dataset.store.place)


@pytest.fixture
def ledger(dataset, other):
    """Return a reader of the store that is not the store's own."""
    made = Ledger(dataset.store.place)
    yield made
    made.connection.close()


@pytest.fixture
def liar(dataset, other, ledger):
    """Return the generator of messages, which knows the ids of other people's answers."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="bob")
    return Liar(dataset, other, sorted(event for event, *_ in ledger.events()))


def deliver(desk, message):
    """Hand a message to the desk as ipywidgets does, and return its one reply."""
    desk.sent.clear()
    desk._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
    replies = [each for each in desk.sent if each["kind"] != "progress"]  # told to all pages, now and then
    assert len(replies) == 1, f"{len(replies)} replies"
    return replies[0]


def check_reply(message, reply):
    """The reply is addressed, of a kind that answers the message, JSON, and not as large as what was sent."""
    given = message if isinstance(message, dict) else {}
    for name, limit in (("client", 64), ("rid", 128)):
        if isinstance(given.get(name), str) and len(given[name]) <= limit:
            assert reply[name] == given[name].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kind = given.get("kind")
    allowed = {"refused", ANSWERS[kind]} if isinstance(kind, str) and kind in ANSWERS else {"refused"}
    assert reply["kind"] in allowed
    assert "id" not in reply
    assert len(json.dumps(reply, ensure_ascii=False, allow_nan=False).encode()) < REPLY_LIMIT
    if reply["kind"] == "refused":
        assert reply["reason"]
        assert reply["again"] is False, reply["reason"]  # else the page sends it again and again
    for each in reply.get("refused", []):
        assert each["reason"]


def wrote(reply):
    """Tell whether the reply says that something was written."""
    return reply["kind"] == "undone" or bool(reply.get("saved"))


def test_twenty_thousand_lies(desk, dataset, other, ledger, liar):
    """Each gets exactly one readable reply, what is refused writes no row, and nothing is written in another's name."""
    before, known = ledger.rows(), ledger.events()
    version, kinds = ledger.version(), dict.fromkeys([*ANSWERS.values(), "refused", "refused event"], 0)
    for number in range(COUNT):
        message = liar.message()
        reply = deliver(desk, copy.deepcopy(message))
        try:
            check_reply(message, reply)
            if not wrote(reply):
                assert ledger.version() == version, "a refused message wrote something"
            version = ledger.version()
        except AssertionError as error:
            raise AssertionError(f"message {number}: {str(message)[:2000]}\n{str(reply)[:2000]}") from error
        kinds[reply["kind"]] += 1
        kinds["refused event"] += bool(reply.get("refused"))
        liar.events = liar.events[:5] + liar.events[-200:]
    assert min(kinds.values()) > COUNT / 200, kinds  # every kind of answer was reached
    assert {tuple(owner) for _, *owner in ledger.events() - known} == {(dataset.key, "alice")}
    after = ledger.rows()
    kept = len(before["response_event"])
    assert after["response_event"][:kept] == before["response_event"]
    assert {name: rows for name, rows in after.items() if name != "response_event"} == {
        name: rows for name, rows in before.items() if name != "response_event"
    }
    loaded = fw.FeedbackDataset.load("tone", workspace="team", store=dataset.store.place)
    for user in ("alice", "bob"):
        assert loaded.progress(user) == dataset.progress(user)
        for record in dataset:
            assert loaded.answer(user, record.id) == dataset.answer(user, record.id)


def test_the_desk_goes_on_after_lies(desk, ask, answered, dataset, liar):
    """A good message after a thousand lies is answered as ever, and its answer is on disk."""
    for _ in range(1000):
        deliver(desk, liar.message())
    desk.sent.clear()
    assert ask(desk, "hello", pending=[])["user"] == "alice"
    event = answered(dataset[1])
    assert [each["event"] for each in ask(desk, "respond", events=[event])["saved"]] == [event["event"]]
    assert event["event"] in {each.id for each in dataset.store.since(dataset.key)}


def test_lies_are_forgotten(desk):
    """Refused messages leave nothing behind in memory, however large and however many clients they claim to come from."""

    def tell(count):
        for number in range(count):
            deliver(desk, {"v": 1, "client": f"{count}-{number:050}", "rid": "r", "kind": "hello"})
            for message in (
                LONG,
                {"kind": LONG},
                {"v": LONG},
                {"v": 1, "client": LONG, "rid": LONG, "kind": "undo"},
            ):
                deliver(desk, message)
            event = {"event": "e", "record": LONG, "status": "draft", "values": {LONG: LONG}}
            deliver(desk, {"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": [event]})
        desk.sent.clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = tell(200)
        assert tell(1000) - first < 100_000
    finally:
        tracemalloc.stop()


def test_a_deeply_nested_message_is_refused(desk):
    """As deep as JSON's reader follows: in the address, in place of the message, and as its kind."""
    deep = nested(900)
    for message in (
        deep,
        {"v": deep},
        {"client": deep, "rid": deep},
        {"v": 1, "client": "c", "rid": "r", "kind": deep},
    ):
        assert "at most 32 levels" in deliver(desk, message)["reason"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shown": nested(900)}, "at most 32 levels"),
        ({"shown": {"suggestions": nested(40)}}, "at most 32 levels"),
        ({"values": {"tone": nested(900)}}, "at most 32 levels"),
        ({"shown": {"suggestions": [float("nan")]}}, "NaN"),
        ({"shown": {"a": float("-inf")}}, "NaN"),
        ({"shown": {"suggestions": ["x"] * 10_000}}, "shown: at most"),
        ({"event": "a\x00b"}, "event"),
        ({"event": "\ud83d"}, "event"),
        ({"event": "no blanks"}, "event"),
        ({"started": "soon"}, "started"),
        ({"started": "2026-01-01T00:00:00\x00Z"}, "started"),
        ({"values": {"why": "a" * 10, "tone": float("nan")}, "status": "draft"}, "NaN"),
    ],
)
def test_what_no_store_could_hold_is_refused(desk, answered, dataset, change, words):
    """What SQLite takes and PostgreSQL does not, or what nobody could read back, is refused before either sees it."""
    event = {**answered(dataset[1]), **change}
    reply = deliver(desk, {"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": [event]})
    assert words in reply["refused"][0]["reason"]
    assert dataset.store.since(dataset.key) == []


def test_an_endless_duration_costs_no_answer(desk, answered, dataset):
    """A record that lay open for a year is answered all the same; its duration is the longest there is."""
    event = {**answered(dataset[1]), "duration_ms": 10**30}
    reply = deliver(desk, {"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": [event]})
    assert len(reply["saved"]) == 1
    assert [each.duration_ms for each in dataset.store.since(dataset.key)] == [2**31 - 1]


def test_a_page_cannot_become_somebody_else(desk, dataset):
    """Traits that a page sets change neither whose desk it is nor what the kernel says to other pages about it."""
    state = {"user": "bob", "_user": "bob", "dataset": "other", "_key": "other/bob"}
    desk._handle_msg(
        {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}
    )
    event = {"event": "e1", "record": dataset[2].id, "status": "submitted", "values": {"tone": "rude"}}
    deliver(desk, {"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": [event]})
    assert desk.user == "alice"
    assert [each.user_id for each in dataset.store.since(dataset.key) if each.id == "e1"] == ["alice"]
    assert deliver(desk, {"v": 1, "client": "c", "rid": "r", "kind": "hello"})["user"] == "alice"
