"""Merging: the work of several workspaces or stores in one dataset, with who answered what, and nothing twice."""

from __future__ import annotations

import time

import pytest

import feedback_widgets as fw
from feedback_widgets.store import Event, new_id

TONES = ["polite", "rude"]


def form(**more):
    """Return the arguments of a small dataset."""
    return {
        "fields": [fw.TextField(name="text")],
        "questions": [fw.LabelQuestion(name="tone", labels=TONES)],
        **more,
    }


def made(*texts, **more):
    """Return a dataset with these records."""
    ds = fw.FeedbackDataset(**form(**more))
    if texts:
        ds.add_records([{"text": each} for each in texts])
    return ds


def said(ds):
    """Return text -> annotator -> tone, with the status of what is not submitted."""
    return {
        each.fields["text"]: {
            one.user_id: one.values["tone"].value if one.status == "submitted" else one.status
            for one in each.responses
        }
        for each in ds
    }


def test_the_workspaces_of_a_team_become_one_dataset(tmp_path):
    """As in the seeds: one workspace per annotator, in one store or several; running the loop again adds nothing."""
    user_workspaces = ["natalia", "amelie", "tom"]
    for at, workspace in enumerate(user_workspaces):
        own = made("a", f"own {workspace}").save("tone", workspace=workspace, store=tmp_path / f"{at % 2}.db")
        own.respond(own[0].id, {"tone": TONES[at % 2]}, user=workspace)
        own.respond(own[1].id, {"tone": "rude"}, user=workspace)
    team = fw.FeedbackDataset(**form()).save("team", store=tmp_path / "0.db")

    def collect():
        return [
            team.merge(fw.FeedbackDataset.load("tone", workspace=each, store=tmp_path / f"{at % 2}.db"))
            for at, each in enumerate(user_workspaces)
        ]

    assert collect() == [(2, 0, 2), (1, 1, 2), (1, 1, 2)]
    expected = {
        "a": {"natalia": "polite", "amelie": "rude", "tom": "polite"},
        **{f"own {each}": {each: "rude"} for each in user_workspaces},
    }
    assert said(team) == expected
    assert collect() == [(0, 2, 0)] * 3
    assert said(fw.FeedbackDataset.load("team", store=tmp_path / "0.db")) == expected


def test_what_is_new_since_comes_with_the_next_merge():
    """Later answers, changed answers and later records are taken in; what was taken in stays one answer."""
    team, ann = made(), made("a")
    ann.respond(ann[0].id, {"tone": "rude"}, user="ann")
    team.merge(ann)
    ann.respond(ann[0].id, {"tone": "polite"}, user="ann")
    ann.add_records([{"text": "b"}])
    assert team.merge(ann) == (1, 1, 1)
    assert said(team) == {"a": {"ann": "polite"}, "b": {}}


def test_the_newer_answer_of_one_person_is_the_current_one():
    """Somebody who answered in both places said the newer thing last, whichever is merged into which, and however often."""
    for newer_here in (True, False):
        here, there = made("a"), made("a")
        for each in (there, here) if newer_here else (here, there):
            each.respond(each[0].id, {"tone": TONES[each is here]}, user="ann")
            time.sleep(0.002)
        for _ in range(2):
            here.merge(there)
            assert said(here) == {"a": {"ann": TONES[newer_here]}}


def test_a_draft_hides_no_finished_answer():
    """A newer draft elsewhere leaves the submitted answer; a finished answer elsewhere replaces a newer draft."""
    here, there = made("a"), made("a")
    here.respond(here[0].id, {"tone": "rude"}, user="ann")
    time.sleep(0.002)
    there.respond(there[0].id, {"tone": "polite"}, user="ann", status="draft")
    here.merge(there)
    there.merge(here)
    assert said(here) == said(there) == {"a": {"ann": "rude"}}


def test_suggestions_times_and_decisions_come_along():
    """Suggestions, who took how long, and what reviewers decided are kept."""
    here, there = made("a"), made("a")
    there.add_records(
        [{"fields": {"text": "a"}, "suggestions": [{"question_name": "tone", "value": "rude", "agent": "m"}]}]
    )
    event = Event(new_id(), there[0].id, "ann", "submitted", {"tone": "rude"}, duration_ms=1500)
    there.append([event])
    there.review(user="rita").decide(there[0], {"tone": "polite"})
    here.merge(there)
    assert [each.agent for each in here[0].suggestions] == ["m"]
    assert here.answer("ann", here[0].id).duration_ms == 1500
    assert here.answer("ann", here[0].id).received_at == there.answer("ann", there[0].id).received_at
    assert here.adjudicated("tone") == {here[0].id: "polite"}


def test_the_form_grows_by_what_theirs_has_more():
    """More labels, questions, optional fields, properties and vectors come in; guidelines and overlap stay as they are here."""
    here = made("a", guidelines="Be fair.", distribution=fw.Distribution(min_submitted=2))
    there = fw.FeedbackDataset(
        fields=[fw.TextField(name="text"), fw.TextField(name="context")],
        questions=[fw.LabelQuestion(name="tone", labels=["odd", *TONES]), fw.TextQuestion(name="why")],
        guidelines="Be kind.",
        metadata_properties=[fw.TermsMetadataProperty(name="source", values=["web"])],
        vectors_settings=[fw.VectorSettings(name="v", dimensions=2)],
    )
    there.add_records(
        [fw.Record({"text": "b", "context": "c"}, vectors={"v": [1, 2]}, metadata={"source": "web"})]
    )
    there.respond(there[0].id, {"tone": "odd", "why": "so"}, user="ann")
    here.merge(there)
    assert here.question_by_name("tone").labels == [*TONES, "odd"]
    assert not here.field_by_name("context").required
    assert (here.guidelines, here.distribution.min_submitted) == ("Be fair.", 2)
    assert here[1].responses[0].values["why"].value == "so"
    assert here.find_similar([1, 2], "v", k=1)[0][0].id == here[1].id
    here.add_records([{"text": "c"}])


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ({"questions": [fw.RatingQuestion(name="tone", values=[1, 2])]}, "'rating'"),
        ({"fields": [fw.TextField(name="other")]}, "may lack the field 'text'"),
        (
            {"fields": [fw.TextField(name="text", required=False), fw.TextField(name="b")]},
            "may lack the field 'text'",
        ),
        ({"vectors_settings": [fw.VectorSettings(name="v", dimensions=3)]}, "'v' has 3 dimensions"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(theirs, reason):
    """The refusal names what is in the way, and nothing is taken in."""
    here = made("a", vectors_settings=[fw.VectorSettings(name="v", dimensions=2)])
    there = fw.FeedbackDataset(**form(**theirs))
    there.add_records([{each.name: "x" for each in there.fields}])
    before = here.settings.to_dict()
    with pytest.raises(fw.InvalidInput, match=reason):
        here.merge(there)
    assert (len(here), here.settings.to_dict()) == (1, before)


def test_only_other_datasets_are_merged():
    """The dataset itself, and what is no dataset, are refused before anything is taken in."""
    here, there = made("a"), made("b")
    for wrong in (here, "tone", None):
        with pytest.raises(fw.InvalidInput, match="merge takes"):
            here.merge(there, wrong)
    assert len(here) == 1
    assert here.merge() == (0, 0, 0)


def test_what_was_forgotten_stays_forgotten(tmp_path):
    """Merging again brings back nobody who was erased here."""
    here = made("a").save("here", store=tmp_path / "a.db")
    there = made("a")
    there.respond(there[0].id, {"tone": "rude"}, user="ann")
    here.merge(there)
    here.forget_user("ann")
    assert here.merge(there).events == 0
    assert said(here) == {"a": {}}


def test_a_file_and_a_server_merge_both_ways(postgres_url, tmp_path):
    """Work in a file goes into a dataset on a server and back, repeats and known answers included, and nothing twice."""
    file = made("a", "b").save("t", store=tmp_path / "a.db")
    file.respond(file[0].id, {"tone": "rude"}, user="ann")
    file.add_repeats(1)
    file.add_gold({file[0].id: {"tone": "rude"}}, user="rita")
    server = made("c").save("t", store=postgres_url)
    server.respond(server[0].id, {"tone": "polite"}, user="bob")
    assert server.merge(file) == (4, 0, 1)
    assert server.add_repeats(1) == (1, 2)
    server.respond(file[0].id, {"tone": "polite"}, user="ann")
    assert file.merge(server) == (2, 4, 2)
    assert file.merge(server).events == server.merge(file).events == 0
    assert sorted(each.id for each in file) == sorted(each.id for each in server)
    for each in (file, server):
        assert each.answer("ann", file[0].id).answers == {"tone": "polite"}
        assert each.gold_scores()["right"].tolist() == [0.0]
        assert each.progress().to_pandas()["submitted"].tolist() == [1, 1]
    server.store.close()


def test_who_was_forgotten_elsewhere_does_not_come():
    """What is left in the other log of somebody who was erased there is not taken in."""
    here, there = made("a"), made("a")
    there.respond(there[0].id, {"tone": "rude"}, user="ann")
    there.forget_user("ann")
    assert here.merge(there) == (0, 1, 0)
    assert said(here) == {"a": {}}
