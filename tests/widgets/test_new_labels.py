"""Labels that annotators add from the desk."""

from __future__ import annotations

import pytest

from feedback_widgets import FeedbackDataset, LabelQuestion, MultiLabelQuestion, TextField

LABEL = {"v": 1, "client": "c", "rid": "r", "kind": "label"}


@pytest.fixture
def dataset():
    """Return a dataset with an open and a closed list of labels."""
    made = FeedbackDataset(
        fields=[TextField(name="text")],
        questions=[
            LabelQuestion(name="tone", labels=["good", "bad"]),
            MultiLabelQuestion(
                name="topics", labels={"a": "Art", "b": "Books"}, allow_new_labels=True, required=False
            ),
            LabelQuestion(name="place", labels=["town", "land"], allow_new_labels=True, required=False),
        ],
    )
    made.add_records({"text": "t"})
    return made


@pytest.mark.parametrize("question", ["topics", "place"])
def test_an_annotator_adds_a_label_and_answers_with_it(dataset, question):
    """The page is told the new form, answers with the new label are taken, and adding it again changes nothing."""
    desk = dataset.annotate(user="ann")
    ask = {**LABEL, "question": question, "label": " Sea "}
    reply = desk._reply(ask)
    assert (reply["kind"], reply["label"]) == ("labelled", "Sea")
    version = reply["spec"]["version"]
    offered = {each["name"]: each["options"] for each in reply["spec"]["questions"]}[question]
    assert offered[-1] == {"value": "Sea", "text": "Sea"}
    desk.respond(dataset[0].id, {"tone": "good", question: ["Sea"] if question == "topics" else "Sea"})
    assert desk._reply(ask)["spec"]["version"] == version


@pytest.mark.parametrize(
    ("question", "label", "words"),
    [
        ("tone", "so-so", "'tone' takes no new labels"),
        ("mood", "so-so", "'mood' takes no new labels"),
        ("topics", "  ", "label"),
        ("topics", "x" * 201, "label"),
    ],
)
def test_a_closed_list_stays_closed(dataset, question, label, words):
    """A page cannot add to a question that does not allow it, nor a blank or endless label."""
    before = dataset.settings_version
    reply = dataset.annotate(user="ann")._reply({**LABEL, "question": question, "label": label})
    assert reply["kind"] == "refused"
    assert words in reply["reason"]
    assert dataset.settings_version == before
