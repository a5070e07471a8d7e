"""Agreement on a dataset: every type of question, what counts and what does not, and how the report reads."""

from __future__ import annotations

import importlib.util
import json
import os
import uuid
import warnings
from pathlib import Path

import numpy as np
import pytest

import feedback_widgets as fw
from feedback_widgets.agreement.distances import kendall_tau_distance
from feedback_widgets.errors import InvalidInput

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
FILE = SHARED / "cases" / "argilla_dev.json"
CASES = {each["id"]: each for each in json.loads(FILE.read_text("utf-8"))["cases"]} if FILE.is_file() else {}
HOSTILE = "<img src=x onerror=alert(1)>"

# Where we decide otherwise: the reasons stand in docs/agreement.md.
DECIDED = {"agree-no-user-id": 0.0, "kendall-constant": 0.5}
# The upstream fixture holds each text twice. Its records are four, not two.
RECORDS = {"question-2": 0.388889, "question-3": 0.022222, "question-4": 0.195122, "question-5": 0.185185}


def answered(questions, answers, fields=("text",)):
    """Return a dataset: one record per entry of `answers`, each a dict annotator -> (values, or values and status)."""
    ds = fw.FeedbackDataset(fields=[fw.TextField(name=name) for name in fields], questions=questions)
    records = []
    for at, given in enumerate(answers):
        responses = [
            fw.Response(values[0], user, values[1])
            if isinstance(values, tuple)
            else fw.Response(values, user)
            for user, values in given.items()
        ]
        records.append(fw.Record({name: f"{name} number {at}" for name in fields}, responses=responses))
    ds.add_records(records)
    return ds


def tones(*answers, labels=("polite", "rude", "odd")):
    """Return a dataset of one label question; each entry names ann's, bob's, … answer, None for none."""
    people = ["ann", "bob", "cid", "dan"]
    given = [
        {user: {"tone": each} for user, each in zip(people, entry, strict=False) if each} for entry in answers
    ]
    return answered([fw.LabelQuestion(name="tone", labels=list(labels))], given)


def from_case(given):
    """Return the dataset of a case; Argilla's user numbers become names."""
    form = given["dataset"]
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(**each) for each in form["fields"]],
        questions=[fw.Question.from_dict(each) for each in form["questions"]],
    )
    for number, record in enumerate(given["records"]):
        responses = [
            fw.Response(each["values"], str(uuid.UUID(int=each["user"])) if each["user"] else None)
            for each in record["responses"]
        ]
        ds.add_records([fw.Record(record["fields"], responses=responses, external_id=str(number))])
    return ds


@pytest.mark.skipif(not CASES, reason="the shared cases lie outside the repository")
@pytest.mark.parametrize("name", [each for each, case in CASES.items() if case["kind"] == "agreement"])
def test_the_figures_of_argilla(name):
    """Every agreement that Argilla 1.29.1 measured comes out the same, or as decided in docs/agreement.md."""
    case, given = CASES[name], CASES[name]["input"]
    ds = from_case(given)
    if "error" in case["expected"] and name not in DECIDED:
        with pytest.raises(NotImplementedError, match="TextQuestion"):
            ds.compute_agreement_metrics(given["metric"], given["question"], given["field"])
        return
    found = ds.compute_agreement_metrics(given["metric"], given["question"], given["field"], items="field")
    wanted = DECIDED[name] if name in DECIDED else case["expected"]["result"]
    assert (found.metric_name, found.result) == ("alpha", pytest.approx(wanted, abs=1e-6))
    assert name in DECIDED or found.count == case["expected"]["count"]
    own = ds.compute_agreement_metrics(given["metric"], given["question"], given["field"])
    wanted = RECORDS[given["question"]] if "upstream" in name else found.result
    assert (own.count, own.result) == (found.count, pytest.approx(wanted, abs=1e-6))


@pytest.mark.skipif(not CASES, reason="the shared cases lie outside the repository")
@pytest.mark.parametrize(
    "name", [each for each, case in CASES.items() if case["kind"] == "kendall_tau_distance"]
)
def test_the_rankings_of_argilla(name):
    """Every distance of rankings that Argilla measured comes out the same, or as decided."""
    given, expected = CASES[name]["input"], CASES[name]["expected"]
    wanted = DECIDED.get(name, expected)
    assert kendall_tau_distance(given["x"], given["y"]) == pytest.approx(wanted, abs=1e-6)


def test_two_records_with_one_text_are_two_records():
    """What was judged is the record: equal texts do not collapse into one item."""
    question = fw.LabelQuestion(name="tone", labels=["a", "b"])
    ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[question])
    for number, (one, two) in enumerate([("a", "b"), ("b", "b"), ("a", "a")]):
        responses = [fw.Response({"tone": one}, "ann"), fw.Response({"tone": two}, "bob")]
        ds.add_records([fw.Record({"text": "the same"}, responses=responses, external_id=str(number))])
    assert ds.agreement()["tone"].records == 3
    assert ds.compute_agreement_metrics("alpha", "tone", "text").result == pytest.approx(4 / 9)
    assert ds.compute_agreement_metrics("alpha", "tone", "text", items="field").result == pytest.approx(0)
    with pytest.raises(InvalidInput, match="items='fields'"):
        ds.compute_agreement_metrics("alpha", "tone", "text", items="fields")


def test_only_submitted_answers_count():
    """A draft and a discarded answer change nothing; an answer that is changed counts as it is now."""
    entries = [("polite", "polite"), ("rude", "rude"), ("rude", "polite")]
    ds, other = tones(*entries), tones(*entries)
    other.respond(other[0].id, {"tone": "rude"}, user="cid", status="draft")
    other.respond(other[1].id, {"tone": "odd"}, user="cid", status="discarded")
    assert other.agreement(draws=0).to_pandas().equals(ds.agreement(draws=0).to_pandas())
    other.respond(other[2].id, {"tone": "rude"}, user="bob")
    assert other.agreement(draws=0)["tone"].alpha == 1.0


def test_an_answer_taken_back_does_not_count():
    """An undone answer is gone from agreement as it is from the record."""
    ds = tones(("polite", "polite"), ("rude", "rude"), ("rude", "polite"))
    ds.respond(ds[0].id, {"tone": "odd"}, user="cid")
    before = ds.agreement(draws=0)["tone"].alpha
    ds.undo(user="cid")
    assert (
        ds.agreement(draws=0)["tone"].alpha
        == tones(("polite", "polite"), ("rude", "rude"), ("rude", "polite")).agreement(draws=0)["tone"].alpha
    )
    assert before != ds.agreement(draws=0)["tone"].alpha


def test_answers_of_a_forgotten_person_do_not_count():
    """Whoever was forgotten is in no figure and no table."""
    ds = tones(("polite", "rude", "polite"), ("rude", "polite", "rude"))
    ds.forget_user("bob")
    found = ds.agreement(draws=0)
    assert found["tone"].alpha == 1.0
    assert list(found.annotators()["annotator"]) == ["ann", "cid"]


def test_every_type_of_question_has_its_distance():
    """Labels are the same or not, several labels overlap, ratings lie apart, rankings are turned round, pairs are choices."""
    options = ["x", "y", "z"]
    questions = [
        fw.LabelQuestion(name="label", labels=options),
        fw.MultiLabelQuestion(name="labels", labels=options),
        fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5]),
        fw.RankingQuestion(name="order", values=options),
        fw.PairwiseQuestion(name="better", fields=["text", "other"]),
        fw.TextQuestion(name="why"),
    ]
    one = {"label": "x", "labels": ["x", "y"], "stars": 1, "order": options, "better": "text", "why": "so"}
    two = {
        "label": "y",
        "labels": ["y"],
        "stars": 2,
        "order": ["y", "x", "z"],
        "better": "other",
        "why": "not so",
    }
    far = {"label": "z", "labels": ["z"], "stars": 5, "order": options[::-1], "better": "tie", "why": "no"}
    ds = answered(questions, [{"ann": one, "bob": two}, {"ann": far, "bob": far}], fields=("text", "other"))
    report = ds.agreement()
    measures = {each.name: each.measure for each in report.questions}
    assert measures == {
        "label": "nominal",
        "labels": "MASI",
        "stars": "interval",
        "order": "Kendall",
        "better": "nominal",
    }
    assert report.left_out == ["why"]
    # alpha = 1 - 3 * (sum of the two distances) / (sum over all ordered pairs), by hand
    assert report["label"].alpha == pytest.approx(1 - 3 * 2 / 10)
    near, away = 1 - 0.67 / 2, 1.0
    assert report["labels"].alpha == pytest.approx(1 - 3 * 2 * near / (2 * near + 8 * away))
    assert report["stars"].alpha == pytest.approx(1 - 3 * 2 / (2 * (1 + 16 * 2 + 9 * 2)))
    assert report["order"].alpha == pytest.approx(1 - 3 * (2 / 3) / (2 / 3 + 4 * 1 + 4 * 2 / 3))


def test_levels_can_be_chosen():
    """A rating may be taken as nominal, ordinal or ratio; labels as a scale in the question's order."""
    stars = fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5])
    given = [(1, 1), (2, 3), (5, 4), (4, 4), (1, 2)]
    ds = answered([stars], [{"ann": {"stars": a}, "bob": {"stars": b}} for a, b in given])
    found = {
        level: ds.agreement(level=level, draws=0)["stars"].alpha
        for level in ("nominal", "ordinal", "interval", "ratio")
    }
    assert len(set(found.values())) == 4
    assert found["nominal"] < found["ordinal"]
    ordered = tones(("polite", "rude"), ("rude", "odd"), ("odd", "odd"), ("polite", "polite"))
    assert (
        ordered.agreement("tone", level="ordinal", draws=0)["tone"].alpha
        > ordered.agreement(draws=0)["tone"].alpha
    )


def spans(*answers):
    """Return a dataset of one span question; each entry names ann's and bob's spans as (start, end, label)."""
    question = fw.SpanQuestion(name="marks", field="text", labels=["who", "where"], required=False)
    other = fw.LabelQuestion(name="tone", labels=["a", "b"])
    people = ["ann", "bob"]
    given = [
        {
            user: {"tone": "a", "marks": [{"start": s, "end": e, "label": label} for s, e, label in marks]}
            for user, marks in zip(people, entry, strict=True)
        }
        for entry in answers
    ]
    return answered([question, other], given)


def test_spans_are_compared_character_by_character():
    """Two annotators who mark overlapping parts agree on the characters that both marked so, by F1 and by alpha."""
    ds = spans(([(0, 4, "who")], [(2, 6, "who")]), ([(0, 2, "where")], [(0, 2, "where")]))
    found = ds.agreement("marks")["marks"]
    assert found.char_f1 == pytest.approx(2 * (2 + 2) / (4 + 4 + 2 + 2))
    length = len(ds[0].fields["text"])
    assert found.percent == pytest.approx((2 * length - 4) / (2 * length))
    assert found.judged.counts.sum() == 4 * length
    assert "character F1 of 'marks': 0.667" in repr(ds.agreement("marks"))


def test_spans_with_other_labels_are_not_the_same():
    """The same stretch with another label is no agreement."""
    assert spans(([(0, 4, "who")], [(0, 4, "where")])).agreement("marks")["marks"].char_f1 == 0


def test_one_annotator_alone_is_nan_with_a_warning():
    """Without a second annotator the figures are NaN, and a warning says why."""
    ds = tones(("polite",), ("rude",))
    with pytest.warns(UserWarning, match="one annotator alone"):
        found = ds.agreement()
    assert np.isnan(found["tone"].alpha)
    assert "there is nobody to agree with" in repr(found)
    with pytest.warns(UserWarning, match="nan"):
        assert np.isnan(ds.compute_agreement_metrics("alpha", "tone").result)


def test_no_overlap_and_no_answer_are_nan_with_a_warning():
    """Annotators who never met on a record, and a question that nobody answered, are told apart in words."""
    with pytest.warns(UserWarning, match="records in common"):
        assert np.isnan(tones(("polite", None), (None, "rude")).agreement()["tone"].alpha)
    with pytest.warns(UserWarning, match="nobody answered"):
        assert tones((None, None)).agreement()["tone"].answers == 0


def test_everybody_the_same_is_told():
    """An alpha of 1 out of one single answer comes with a warning that it says little."""
    with pytest.warns(UserWarning, match="says nothing"):
        assert tones(("rude", "rude"), ("rude", "rude")).agreement()["tone"].alpha == 1.0


def test_wrong_names_are_named():
    """An unknown question, annotator, metric, field, level or period is refused with the near miss."""
    ds = tones(("polite", "rude"), ("rude", "rude"))
    with pytest.raises(InvalidInput, match="Did you mean 'tone'"):
        ds.agreement("tonne")
    with pytest.raises(InvalidInput, match="Did you mean 'ann'"):
        ds.agreement(users=["anne", "bob"])
    with pytest.raises(InvalidInput, match="metrics allowed: alpha"):
        ds.compute_agreement_metrics("alphas", "tone")
    with pytest.raises(InvalidInput, match="Did you mean 'text'"):
        ds.compute_agreement_metrics("alpha", "tone", "texts")
    with pytest.raises(InvalidInput, match="level='ratio'"):
        ds.agreement("tone", level="ratio")
    with pytest.raises(InvalidInput, match="Did you mean 'week'"):
        ds.agreement().over_time("weeks")
    with pytest.raises(InvalidInput, match="confidence=95"):
        ds.agreement(confidence=95)


def test_an_answer_that_does_not_fit_any_more_is_not_counted(monkeypatch):
    """A label that is gone from the form is left out with a warning that counts it, not taken for a label of its own."""
    ds = tones(("polite", "polite"), ("rude", "rude"), ("odd", "rude"))
    shrunk = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    monkeypatch.setattr(type(ds.settings), "question", lambda *_: shrunk)
    with pytest.warns(UserWarning, match="1 answers to 'tone' are not counted.*'odd'"):
        assert ds.agreement("tone")["tone"].alpha == 1.0


def test_some_annotators_and_some_records_alone():
    """Annotators and records can be picked; agreement is then theirs."""
    ds = tones(("polite", "polite", "rude"), ("rude", "rude", "polite"), ("odd", "rude", "odd"))
    assert ds.agreement(users=["ann", "cid"])["tone"].records == 3
    assert ds.agreement(users=["ann", "bob"], records=[ds[0].id, ds[1].id])["tone"].alpha == 1.0
    assert ds.compute_agreement_metrics("alpha", "tone", max_records=2).count == 6


def test_the_report_reads_well():
    """The printed table has the figures, and beside them what people reach elsewhere."""
    ds = tones(("polite", "polite"), ("rude", "rude"), ("rude", "polite"), ("polite", "polite"))
    lines = repr(ds.agreement()).splitlines()
    assert lines[0].split()[:3] == ["question", "measure", "alpha"]
    assert lines[1].split()[:3] == ["tone", "nominal", "0.533"]
    assert lines[2] == "what people reach elsewhere:"


def test_names_are_never_markup():
    """A hostile annotator's name is text in the notebook's table and in the picture."""
    ds = answered(
        [fw.LabelQuestion(name="tone", labels=["a", "b"])],
        [{HOSTILE: {"tone": "a"}, "$\\bad": {"tone": "b"}}],
    )
    report = ds.agreement()
    assert "<img" not in report._repr_html_()
    pytest.importorskip("matplotlib").use("Agg")
    axes = report.plot()
    axes.figure.canvas.draw()
    assert [each.get_text() for each in axes.get_xticklabels()] == ["\\$\\bad", HOSTILE[:19] + "…"]


def test_the_heat_map_stands_on_any_page():
    """The picture brings no background, and its ink stands out from white and from black."""
    pytest.importorskip("matplotlib").use("Agg")
    axes = tones(("polite", "rude", "rude"), ("rude", "rude", "polite")).agreement().plot(value="percent")
    assert axes.figure.patch.get_alpha() == axes.patch.get_alpha() == 0
    assert (
        sorted(each.get_text() for each in axes.texts) == ["0.00"] * 4 + ["0.50"] * 2 or len(axes.texts) == 6
    )
    red = int(axes.title.get_color()[1:3], 16) / 255
    luminance = ((red + 0.055) / 1.055) ** 2.4
    assert min(1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05) >= 4.4


def test_over_time():
    """Agreement goes record by record in the order in which the last answers came, or by calendar."""
    ds = tones(*[("polite", "polite"), ("rude", "rude")] * 3, *[("polite", "rude"), ("rude", "polite")] * 3)
    frame = ds.agreement().over_time(6)
    assert list(frame["period"]) == ["1-6", "7-12"]
    assert list(frame["percent"]) == [1.0, 0.0]
    assert list(ds.agreement().over_time("month")["records"]) == [12]
    week = ds.agreement().over_time()["period"][0]
    assert np.datetime64(week).astype(object).weekday() == 0


def test_figures_follow_other_kernels(tmp_path):
    """An answer that another kernel has written counts, without anybody saying sync."""
    ds = tones(("polite", "polite"), ("rude", "rude"), ("rude", None)).save("tones", store=tmp_path / "f.db")
    other = fw.FeedbackDataset.load("tones", store=tmp_path / "f.db")
    other.respond(other[2].id, {"tone": "polite"}, user="bob")
    assert ds.agreement(draws=0)["tone"].records == 3


def test_no_warning_where_nothing_is_wrong():
    """Ordinary figures come without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ds = tones(("polite", "polite"), ("rude", "rude"), ("rude", "polite"), ("rude", None))
        ds.agreement().annotators()
        repr(ds.agreement())


def test_numpy_is_named_when_it_is_missing(monkeypatch):
    """Without numpy the sentence names what to install."""
    real = importlib.import_module
    monkeypatch.setattr(
        "importlib.import_module",
        lambda name, *more: (
            (_ for _ in ()).throw(ModuleNotFoundError(name=name)) if name == "numpy" else real(name, *more)
        ),
    )
    with pytest.raises(fw.MissingExtra, match=r"feedback_widgets\[data\]"):
        tones(("polite", "rude")).agreement()
