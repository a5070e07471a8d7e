"""Progress: counts that cost nothing, and figures about times, agreement and what is left that promise no more than is known."""

from __future__ import annotations

import copy
import json
import math
import pickle
import time

import matplotlib as mpl
import numpy as np
import pytest

import feedback_widgets as fw
from feedback_widgets.progress import figures
from feedback_widgets.progress.figures import DAY, Figures
from feedback_widgets.store import Event, new_id

mpl.use("Agg")
HOSTILE = "<img src=x onerror=alert(1)>"


def made(count=20, **more):
    """Return a dataset of so many records with one label question."""
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        **more,
    )
    if count:
        ds.add_records([{"text": f"t{at}"} for at in range(count)])
    return ds


def say(ds, user, tones, seconds=None):
    """Answer the first records; `seconds` each, None for answers without a measured time."""
    events = []
    for at, (record, tone) in enumerate(zip(ds, tones, strict=False)):
        taken = None if seconds is None else round(1000 * seconds[at])
        events.append(Event(new_id(), record.id, user, "submitted", {"tone": tone}, duration_ms=taken))
    ds.append(events)


def test_the_counts_stay_a_dict_and_read_nothing(monkeypatch):
    """The desk asks for counts after every answer: they compare, travel as JSON and pickle as a dict, and no answer is read."""
    ds = made(3)
    say(ds, "ann", ["rude"])
    monkeypatch.setattr(figures, "read", lambda *_, **__: pytest.fail("answers were read"))
    found = ds.progress()
    assert found == {
        "total": 3,
        "pending": 2,
        "draft": 0,
        "submitted": 1,
        "discarded": 0,
        "annotators": {"ann": ds.progress("ann")},
    }
    assert json.loads(json.dumps(found)) == found
    for other in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert (type(other), other) == (dict, dict(found))


def test_agreement_with_the_rest_and_its_drift():
    """Whoever begins to answer at random falls away from the rest: the drift says so, and others' drift less."""
    ds = made(40)
    truth = ["polite", "rude"] * 20
    say(ds, "ann", truth)
    say(ds, "bob", truth)
    say(ds, "eve", truth[:20] + ["rude", "polite"] * 10)
    frame = ds.progress().to_pandas().set_index("annotator")
    assert frame.loc["eve", "agreement"] < frame.loc["ann", "agreement"] < 1
    assert frame.loc["eve", "agreement_drift"] == pytest.approx(-2, abs=0.05)
    assert frame.loc["ann", "agreement_drift"] == pytest.approx(-1, abs=0.05)
    assert list(frame["shared"]) == [40, 40, 40]


def test_the_halves_are_each_annotator_s_own():
    """Drift follows the order in which an annotator answered, not the order of the records."""
    ds = made(20)
    truth = ["polite", "rude"] * 10
    say(ds, "ann", truth)
    wrong = {"polite": "rude", "rude": "polite"}
    for at in [*range(10, 20), *range(10)]:  # bob begins in the middle, and is wrong about the last records
        tone = truth[at] if at >= 10 else wrong[truth[at]]
        ds.respond(ds[at].id, {"tone": tone}, user="bob")
    frame = ds.progress().to_pandas().set_index("annotator")
    assert frame.loc["bob", "agreement_drift"] == pytest.approx(-2, abs=0.1)
    assert frame.loc["ann", "agreement_drift"] == pytest.approx(2, abs=0.1)


def test_seconds_are_medians_and_drift_is_newer_less_older():
    """One long break moves no median; who becomes quicker has a negative drift."""
    ds = made(20)
    say(ds, "ann", ["rude"] * 12, [10.0] * 6 + [4.0] * 5 + [3600.0])
    line = ds.progress().to_pandas().iloc[0]
    assert (line["seconds"], line["seconds_drift"]) == (10.0, -6.0)


def test_times_that_nobody_measured_foretell_nothing():
    """Answers from code have no time: the report says that nobody can say, and the columns are nan."""
    ds = made(30)
    say(ds, "ann", ["rude"] * 25)
    found = ds.progress()
    assert math.isnan(found.to_pandas().iloc[0]["hours_left"])
    assert "Nobody can say how long that takes: 0 answers have a measured time" in repr(found)


def test_what_is_left_is_the_work_of_those_who_began():
    """Without an overlap each annotator's own records are left to them, at their own pace."""
    ds = made(30)
    say(ds, "ann", ["rude"] * 20, [36.0] * 20)
    say(ds, "bob", ["rude"] * 10, [18.0] * 10)
    found = ds.progress()
    assert list(found.to_pandas()["hours_left"]) == pytest.approx([0.1, 0.1])
    assert found.figures.left == 30
    assert found.figures.hours == pytest.approx((0.2, 0.2))


def test_with_an_overlap_the_missing_answers_are_left():
    """What counts is how many answers the records still need, whoever gives them."""
    ds = made(20, distribution=fw.Distribution(min_submitted=2))
    say(ds, "ann", ["rude"] * 12, [36.0] * 12)
    say(ds, "bob", ["rude"] * 3, [36.0] * 3)
    found = ds.progress()
    assert found.figures.left == 40 - 15
    assert found.figures.hours == pytest.approx((0.25, 0.25))
    assert found["complete"] == 3


def test_a_repeat_needs_those_who_answered_first():
    """A record that is asked a second time is left to the people it is assigned to, not to as many as the overlap."""
    ds = made(4, distribution=fw.Distribution(min_submitted=3))
    say(ds, "ann", ["rude"] * 4)
    say(ds, "bob", ["rude"] * 2)
    assert ds.progress().figures.left == 12 - 6
    assert ds.add_repeats(1).new == 4
    assert ds.progress().figures.left == 6 + 6
    twin = ds._memory.record_at(4)
    ds.respond(twin.id, {"tone": "rude"}, user="ann")
    assert ds.progress().figures.left == 6 + 5


def test_an_interval_is_wide_where_times_differ():
    """The guess is an interval around the mean, not the median: rare long records cost their time too."""
    ds = made(200)
    seconds = [10.0] * 90 + [100.0] * 10
    say(ds, "ann", ["rude"] * 100, seconds)
    low, high = ds.progress().figures.hours
    assert low < 100 * np.mean(seconds) / 3600 < high
    assert (high - low) / 2 == pytest.approx(1.96 * np.std(seconds, ddof=1) * math.sqrt(200) / 3600)


def test_the_pace_is_of_the_last_week():
    """Nobody's answers of last month foretell when the work will be done."""
    ds = made(50)
    say(ds, "ann", ["rude"] * 21, [5.0] * 21)
    counts = ds.progress()
    now = time.time()
    assert Figures.of(ds, counts, now).per_day == pytest.approx(21)
    assert Figures.of(ds, counts, now + 3 * DAY - 60).per_day == pytest.approx(7, rel=0.01)
    later = Figures.of(ds, counts, now + 30 * DAY)
    assert later.per_day == 0
    assert "nobody has answered in the last 7 days" in later.remarks()[0]


def test_repeats_do_not_count_as_agreement():
    """A record that is asked a second time is work, but its answers are no agreement with the rest."""
    ds = made(4)
    say(ds, "ann", ["rude", "polite", "rude", "polite"])
    say(ds, "bob", ["rude", "polite", "polite", "rude"])
    before = ds.progress().to_pandas()["agreement"].tolist()
    twice = [fw.Record(each.fields, external_id=f"repeat:{each.id}") for each in ds]
    ds.add_records(twice)
    for each in twice:
        for user in ("ann", "bob"):
            ds.respond(each.id, {"tone": "rude"}, user=user)
    after = ds.progress().to_pandas()
    assert after["agreement"].tolist() == before
    assert after["submitted"].tolist() == [8, 8]


def test_every_type_of_question_has_a_rest():
    """Spans, rankings, preferences, ratings and several labels are compared by their own distances; texts by none."""
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(name="text"), fw.TextField(name="other")],
        questions=[
            fw.SpanQuestion(name="where", field="text", labels=["x"]),
            fw.RankingQuestion(name="order", values=["a", "b"]),
            fw.PairwiseQuestion(name="better", fields=["text", "other"]),
            fw.RatingQuestion(name="stars", values=[1, 2, 3]),
            fw.MultiLabelQuestion(name="kinds", labels=["p", "q"]),
            fw.TextQuestion(name="why"),
        ],
    )
    ds.add_records([{"text": f"some text {at}", "other": "o"} for at in range(2)])
    for user in ("ann", "bob"):
        for at, record in enumerate(ds):
            answer = {
                "where": [{"start": at, "end": 4, "label": "x"}],
                "order": [{"value": "a", "rank": 1 + at}, {"value": "b", "rank": 2 - at}],
                "better": ["text", "other"][at],
                "stars": 1 + at,
                "kinds": [["p"], ["q"]][at],
                "why": user,
            }
            ds.respond(record.id, answer, user=user)
    assert ds.progress().to_pandas()["agreement"].tolist() == [1, 1]


def test_names_are_text_never_markup():
    """A hostile name is escaped in HTML, and a dollar sign begins no formula in a picture."""
    ds = made(3)
    say(ds, HOSTILE, ["rude"])
    say(ds, "$\\frac{1}$", ["rude"])
    found = ds.progress()
    shown = found._repr_html_()
    assert HOSTILE not in shown
    assert "&lt;img" in shown
    left, _ = found.plot()
    left.figure.canvas.draw()
    assert {each.get_text() for each in left.get_yticklabels()} == {"<img src=x onerror=…", "\\$\\frac{1}\\$"}


def test_nobody_and_nothing():
    """A dataset without records or answers has a report, a table and a picture."""
    for ds in (made(0), made(2)):
        found = ds.progress()
        assert repr(found).startswith(f"{len(ds)} records: 0 submitted")
        assert found.to_pandas().empty
        assert len(found.plot()) == 2
        assert "▱" in found._repr_html_()


def test_a_picture_needs_two_axes():
    """The refusal says what to give."""
    with pytest.raises(fw.InvalidInput, match="two axes"):
        made(1).progress().plot(ax=3)


def test_without_numpy_the_counts_are_told(monkeypatch):
    """Whoever installed the core alone reads the counts, and how to get the rest."""
    from feedback_widgets import errors

    real = errors.importlib.import_module

    def missing(name):
        if name == "numpy":
            raise ModuleNotFoundError("no numpy", name="numpy")
        return real(name)

    monkeypatch.setattr(errors.importlib, "import_module", missing)
    shown = repr(made(2).progress())
    assert shown.startswith("2 records: 0 submitted")
    assert "pip install 'feedback_widgets[data]'" in shown


# -- live -------------------------------------------------------------------------------------------------------------


def test_the_live_view_follows_the_work():
    """The widget shows new answers by itself, without being asked, and no name in it is markup."""
    ds = made(4)
    view = ds.progress(live=True)
    assert "0 submitted" in view.value
    ds.respond(ds[0].id, {"tone": "rude"}, user=HOSTILE)
    view._news.push()
    assert "1 submitted" in view.value
    assert HOSTILE not in view.value
    data, _ = view._repr_mimebundle_()
    assert data["text/html"] == view.value


def test_figures_are_worked_out_less_often_than_counts():
    """Where figures are slow the view shows old figures beside new counts, and draws them anew later."""
    ds = made(4)
    view = ds.progress(live=True)
    view._free = time.monotonic() + 3600
    ds.respond(ds[0].id, {"tone": "rude"}, user="ann")
    view._news.push()
    assert "1 submitted" in view.value
    assert ">ann</td>" not in view.value
    assert view._timer.is_alive()
    view._timer.cancel()
    view._free = 0.0
    view._news.push()
    assert ">ann</td>" in view.value


def test_one_annotator_s_live_view_is_the_desk():
    """The refusal says where that is shown."""
    with pytest.raises(fw.InvalidInput, match="the desk shows each annotator's own"):
        made(1).progress("ann", live=True)


def test_no_notebook_puts_a_card_behind_the_picture():
    """On a dark page the picture has no white background: not its own, and not the one that notebooks add to dark axes."""
    from matplotlib_inline.backend_inline import _fetch_figure_metadata

    ds = made(3)
    say(ds, "ann", ["rude"])
    figure = ds.progress().plot()[0].figure
    assert figure.get_facecolor()[3] == 0
    assert not _fetch_figure_metadata(figure)
