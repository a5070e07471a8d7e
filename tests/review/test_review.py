"""Reviewing from Python: the most disputed record first, decisions that win and never overwrite an answer, records sent back."""

import pytest

import feedback_widgets as fw


@pytest.fixture
def made(tmp_path):
    """Three records: people agree about the first, and disagree about the second most."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude", "flat"])],
    )
    dataset.add_records([{"text": text} for text in ("Thanks!", "Hm.", "Fine.")])
    dataset = dataset.save("reviewed", store=tmp_path / "store.db")
    said = {
        "ann": ["polite", "rude", "flat"],
        "bob": ["polite", "polite", "flat"],
        "cem": ["polite", "flat", "rude"],
    }
    for who, tones in said.items():
        for record, tone in zip(dataset, tones, strict=True):
            dataset.respond(record.id, {"tone": tone}, user=who)
    return dataset


def test_the_most_disputed_record_comes_first(made):
    """Records come in order of disagreement; those about which all agree come last."""
    desk = made.review(user="rita")
    seen = []
    while desk.record is not None:
        seen.append(desk.record.fields["text"])
        desk.adopt(desk.record, "ann")
    assert seen == ["Hm.", "Fine.", "Thanks!"]
    assert desk.progress()["decided"] == 3


def test_a_decision_wins_and_overwrites_nobody(made, tmp_path):
    """What a reviewer decided is the aggregated value, in every dataset that is loaded later; the answers stay as they were."""
    record = made[1]
    before = {each.user_id: each.values["tone"].value for each in record.responses}
    desk = made.review(user="rita")
    desk.decide(record, {"tone": "flat"}, comment="neither")
    assert record.adjudicated == {"tone": "flat"}
    values = dict(zip(*[made.aggregate("tone")[name] for name in ("record_id", "value")], strict=True))
    assert values[record.id] == "flat"
    assert {each.user_id: each.values["tone"].value for each in made[1].responses} == before
    assert fw.FeedbackDataset.load("reviewed", store=tmp_path / "store.db")[1].adjudicated == {"tone": "flat"}
    desk.undo()
    assert made[1].adjudicated == {}


def test_models_learn_what_was_decided(made):
    """Where a reviewer has decided, training takes that value and none of the answers."""
    pytest.importorskip("datasets", reason="the training extra is not installed")
    desk = made.review(user="rita")
    desk.decide(made[1], {"tone": "flat"})
    task = fw.TrainingTask.for_text_classification(text="text", label="tone", label_strategy="disagreement")
    rows = made.prepare_for_training(framework="transformers", task=task)
    names = rows.features["label"].names
    found = [names[row["label"]] for row in rows if row["text"] == "Hm."]
    assert found == ["flat"]


def test_an_answer_sent_back_is_a_draft_of_its_annotator(made):
    """Who is asked again finds the old answer as a draft; taking it back submits it as it was."""
    record = made[1]
    desk = made.review(user="rita")
    desk.send_back(record, "bob", comment="look at the dots")
    status = {each.user_id: each.status for each in made[1].responses}
    assert status == {"ann": "submitted", "bob": "draft", "cem": "submitted"}
    desk.undo()
    assert {each.status for each in made[1].responses} == {"submitted"}


def test_only_reviewers_review(made):
    """Where reviewers are named, others are refused by name."""
    made.reviewers = ["rita"]
    with pytest.raises(fw.InvalidInput, match="ann"):
        made.review(user="ann")
    assert made.review(user="rita").record is not None


def test_a_decision_that_does_not_fit_is_refused(made):
    """A reviewer cannot decide what nobody could answer, and nothing is stored of it."""
    desk = made.review(user="rita")
    with pytest.raises(fw.InvalidInput, match="polit"):
        desk.decide(made[1], {"tone": "polit"})
    assert made[1].adjudicated == {}
    assert desk.progress()["decided"] == 0


def test_a_cell_shows_the_desk_and_for_others_a_summary(made):
    """As a cell's last line it is a widget; where no widget is shown, it says how much is decided."""
    desk = made.review(user="rita")
    data, _ = desk._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "0 of 3 records decided" in data["text/html"]
    assert desk._part == "review"


def test_the_history_of_a_record_lists_reviews(made):
    """What reviewers did stands among the answers, in order, with who, about whom, what and why."""
    desk = made.review(user="rita")
    desk.adopt(made[1], "bob")
    desk.send_back(made[1], "cem", comment="listen again")
    desk.undo()
    told = [
        (each.status, each.user, each.about, each.answers, each.comment)
        for each in made.history(made[1])
        if each.seq is None
    ]
    assert told == [
        ("adjudicated", "rita", "bob", {"tone": "polite"}, None),
        ("sent_back", "rita", "cem", {}, "listen again"),
        ("taken_back", "rita", "cem", {}, None),
    ]
    everything = made.history(made[1])
    assert [each.at for each in everything] == sorted(each.at for each in everything)
    assert "adjudicated (bob) · tone='polite'" in repr(next(each for each in everything if each.seq is None))
