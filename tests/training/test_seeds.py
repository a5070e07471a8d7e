"""The guides' own cells run on small data: every block about data, with the import line changed and hub ids replaced.

What is trained stands in test_seeds_trainers.py.
"""

import random
from collections import Counter

import pytest
from guides import SEEDS, cell, dolly, emotion, run, unfolded

import feedback_widgets as fw

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"there are no guides in {SEEDS}")


@pytest.fixture
def room(tmp_path, monkeypatch):
    """What the cells share: names that they use, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_WIDGETS_STORE", str(tmp_path / "feedback.db"))
    return {"rg": fw, "Counter": Counter, "random": random, "Tuple": tuple}


@pytest.fixture
def hub(monkeypatch):
    """Say which dataset stands for the hub's."""

    def say(dataset):
        monkeypatch.setattr(fw.FeedbackDataset, "from_huggingface", lambda *_, **__: dataset, raising=False)
        return dataset

    return say


def test_the_blog_asks_for_demonstrations_and_comparisons(room):
    """The blog's two forms can be made, and take records."""
    first = unfolded(cell("000", "import argilla as rgquestions = [    rg.TextQ", "fields=fields)"))
    run(first.replace("import feedback_widgets as rg", "import feedback_widgets as rg\n", 1), room)
    assert [each.name for each in room["dataset"].questions] == ["completion"]
    code = cell("000", "records = [    rg.FeedbackRecord", "dataset.add_records(records)")
    code = code.replace("for record in dataset]", "for record in prompts]").replace("]dataset", "]\ndataset")
    run(code, {**room, "prompts": [{"prompt": "Write an email."}]})
    assert len(room["dataset"]) == 1
    second = unfolded(cell("000", "import argilla as rgquestions = [    rg.RatingQ", "fields=fields)"))
    run(second.replace("import feedback_widgets as rg", "import feedback_widgets as rg\n", 1), room)
    assert [each.type for each in room["dataset"].questions] == ["rating", "text"]


def test_classification_from_names(room, hub):
    """The guide's default for text classification: majority of the labels, in the question's order."""
    dataset = hub(emotion())
    code = cell("003", "from argilla.feedback import FeedbackDataset, TrainingTask", "# defaults presets\n)")
    task = run(code, room)["task"]
    prepared = dataset.prepare_for_training("setfit", task)
    assert prepared["label"][:] == [0, 1]


def test_classification_from_a_function(room, hub):
    """The guide's own function for text classification: the most common answer of each record."""
    dataset = hub(emotion())
    code = cell(
        "003",
        "from argilla.feedback import FeedbackDataset, TrainingTask",
        "for_text_classification(formatting_func=formatting_func)",
        nth=1,
    )
    prepared = dataset.prepare_for_training("transformers", run(code, room)["task"])
    assert prepared["text"][:] == ["Great!", "Grr."]
    assert [prepared.features["label"].int2str(each) for each in prepared["label"]] == ["joy", "anger"]


def test_pre_training_texts_are_saved_and_read_again(room):
    """The three cells of the guide's pre-training: make, publish twice, read the prompts."""
    run(
        cell("003", "import argilla as rg\n\n# create prompt-completion", "dataset.add_records([record])"),
        room,
    )
    run(
        cell(
            "003",
            'remote_dataset = dataset.push_to_argilla(name="pre-training")',
            'dataset.push_to_argilla(name="pre-training")',
        ),
        room,
    )
    run(cell("003", "import argilla as rg\nfrom datasets", "Dataset.from_dict(prompts)", nth=0), room)
    assert room["dataset"].features.keys() == {"prompt"}
    assert room["dataset"].num_rows == 1


def prepared(code, room, dataset):
    found = run(code, room)
    return dataset.prepare_for_training(framework="trl", task=found["task"]).to_list()


def test_demonstrations(room):
    """The guide's function for fine-tuning gives one text per record, of the first answer."""
    code = cell(
        "003",
        "from argilla.feedback import TrainingTask\nfrom typing import Dict, Any\n",
        "fine_tuning(formatting_func=formatting_func)",
    )
    rows = prepared(code, room, dolly())
    assert [each["id"] for each in rows] == [0, 1, 2, 3]
    assert rows[1]["text"].endswith("### Context: Toads are frogs.\n\n### Response: Yes.")


def test_comparisons_of_new_and_old(room):
    """The guide's function for reward models: submitted answers that changed something, against the originals."""
    code = cell(
        "003",
        "from typing import Any, Dict, Iterator, Tuple",
        "for_reward_modeling(formatting_func=formatting_func)",
    )
    rows = prepared(code, room, dolly())
    assert [each["chosen"].rpartition(": ")[2] for each in rows] == ["Yes.", "Yes.", "It is."]
    assert all(each["rejected"].endswith(".") and "Old" in each["rejected"] for each in rows)


def test_prompts_to_explore(room):
    """The guide's function for PPO: the prompts of submitted answers, up to where the response begins."""
    code = cell(
        "003",
        "from argilla.feedback import TrainingTask\nfrom typing import Dict, Any, Iterator\n",
        "policy_optimization(formatting_func=formatting_func)",
    )
    rows = prepared(code, room, dolly())
    assert [each["id"] for each in rows] == [0, 1, 2, 3]
    assert all(each["query"].endswith("### Response:") for each in rows)


def test_direct_preferences(room):
    """The guide's function for DPO: the original prompt with the new response before the old one."""
    code = cell(
        "003",
        "from argilla.feedback import TrainingTask\nfrom typing import Dict, Any, Iterator\n",
        "preference_optimization(formatting_func=formatting_func)",
        nth=1,
    )
    rows = prepared(code, room, dolly())
    assert [(each["chosen"], each["rejected"]) for each in rows] == [
        ("Yes.", "Old 1."),
        ("Yes.", "Old 2."),
        ("It is.", "Old 2."),
    ]


def test_samples_for_trlx(room):
    """The guide's loop over a dataset makes pairs of prompt and completion."""
    code = cell("003", "# Let's create a Dataset for convenience", "    ] for entry in dataset\n]")
    found = run(f"from datasets import Dataset\n{code}", {**room, "feedback_dataset": dolly()})
    assert len(found["samples"]) == 4
    assert found["samples"][1][1] == "### Response: Yes."


def comparison(room, question):
    """Run the cells of the comparison guide that make the form and the records."""
    run(question, room)
    run(cell("004", "fields = [\n", "]\n"), room)
    run(cell("004", "dataset = rg.FeedbackDataset(", "\n)"), room)
    code = cell("004", "    record = rg.FeedbackRecord(", "responses[1]})")
    run(code.strip(), {**room, "prompt": "Hi", "responses": ["Hello.", "What?"]})
    room["record"] = fw.Record({"prompt": "Hi", "response-1": "Hello.", "response-2": "What?"})
    room["records"] = [room["record"]]
    run(
        cell(
            "004",
            "# Add records to the dataset\n",
            'dataset.push_to_argilla(name="my-dataset", workspace="my-workspace")',
        ),
        room,
    )
    return room["dataset"]


def test_triplets_from_a_ranking(room):
    """The comparison guide's ranking: form, publishing, reading again, and its loop over the answers."""
    dataset = comparison(room, cell("004", "import argilla as rg\n\nquestions = [\n    rg.Ranking", "\n]"))
    dataset.save(name="my-dataset", workspace="my-workspace")
    dataset.respond(dataset[0].id, {"response_ranking": ["response-2", "response-1"]}, user="alice")
    run(cell("004", "feedback = rg.FeedbackDataset.from_argilla(", "\n)"), room)
    run(cell("004", "# Define an empty list to store the triplets", "        })"), room)
    assert room["triplets"] == [
        {"prompt": "Hi", "preferred_response": "What?", "least_preferred_response": "Hello."}
    ]


def test_triplets_from_a_rating(room):
    """The comparison guide's rating, 1 or 2, and its loop over the answers."""
    dataset = comparison(room, cell("004", "import argilla as rg\n\nquestions = [\n    rg.Rating", "\n]"))
    dataset.respond(dataset[0].id, {"response_ranking": 2}, user="alice")
    room["feedback"] = dataset
    run(cell("004", "# Define an empty list to store the triplets", "        })", nth=1), room)
    assert room["triplets"] == [
        {"prompt": "Hi", "preferred_response": "What?", "less_preferred_response": "Hello."}
    ]


def test_four_workspaces(room):
    """The comparison guide reads one dataset of four people's workspaces."""
    dataset = comparison(room, cell("004", "import argilla as rg\n\nquestions = [\n    rg.Ranking", "\n]"))
    for name in ("natalia", "amelie", "tom", "dani"):
        dataset.push_to_argilla(name="my-dataset", workspace=name)
    run(cell("004", "# Assume the workload has been divided", "feedback_datasets.append(feedback)"), room)
    assert [len(each) for each in room["feedback_datasets"]] == [1, 1, 1, 1]
