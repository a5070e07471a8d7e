"""The guide's cells that train: as they are printed, import lines apart, with tiny models under the names that it uses.

The names of hub repositories are folders here, so that not even these are changed.
"""

import random
import re
from collections import Counter

import pytest
from guides import SEEDS, cell, dolly, emotion, run

import feedback_widgets as fw
from feedback_widgets.io.hub import write_folder
from feedback_widgets.training.frameworks import setfit

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"there are no guides in {SEEDS}")

TRAINER = "from argilla.feedback import ArgillaTrainer\n"


def without_repeats(code):
    """Mend the slips of the guide's lists of settings: an open quotation mark, a lost comma, a keyword given twice."""
    code = code.replace('"curie,', '"curie",').replace('-cased"\n', '-cased",\n')
    seen = set()
    lines = []
    for line in code.splitlines():
        name = re.match(r"\s+(\w+) ?= ?", line)
        if name is None or name.group(1) not in seen:
            lines.append(line)
        seen |= {name.group(1)} if name else set()
    return "\n".join(lines)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with datasets and tiny models under the names of the guide's hub repositories."""
    import spacy
    import transformers

    folder = tmp_path_factory.mktemp("guide")
    curated, labelled = dolly(), emotion()
    labelled.add_records([{"text": f"{word} {at}"} for at in range(4) for word in ("Great!", "Grr.")])
    for record in list(labelled)[3:]:
        said = "joy" if record.fields["text"].startswith("Great") else "anger"
        labelled.respond(record.id, {"label": said}, user="alice")
    write_folder(curated, folder / "argilla" / "databricks-dolly-15k-curated-en")
    write_folder(labelled, folder / "argilla" / "emotion")
    texts = [str(record.fields) for record in curated] + [
        "### Instruction: ### Context: ### Response: Is a toad"
    ]
    words = transformers.AutoTokenizer.from_pretrained(fw.tiny.model(texts, layers=1, hidden_size=32))
    sizes = {"n_embd": 32, "n_layer": 1, "n_head": 2, "n_positions": 1024}
    marks = {
        "eos_token_id": words.eos_token_id,
        "bos_token_id": words.eos_token_id,
        "pad_token_id": words.pad_token_id,
    }
    config = transformers.GPT2Config(vocab_size=len(words), **sizes, **marks)
    transformers.GPT2LMHeadModel(config).save_pretrained(folder / "gpt2")
    words.save_pretrained(folder / "gpt2")
    fw.tiny.encoder(texts, folder / "distilroberta-base", layers=1, hidden_size=32)
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.to_disk(folder / "en_core_web_sm")
    return folder


@pytest.fixture(scope="module")
def room(world):
    """What the cells share, from one to the next as in a notebook; they run in the folder."""
    names = {"rg": fw, "Counter": Counter, "random": random, "Tuple": tuple}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(world)
        patch.setenv("FEEDBACK_WIDGETS_STORE", str(world / "feedback.db"))
        yield names


DOLLY = 'feedback_dataset = rg.FeedbackDataset.from_huggingface("argilla/databricks-dolly-15k-curated-en")'
IMPORTS = "from transformers import AutoModelForCausalLM, AutoTokenizer\n"


def test_the_happy_flow(room, minilm, monkeypatch, capsys):
    """The guide's first cell: from a repository to a prediction, on SetFit with its default model."""
    monkeypatch.setattr(setfit.Framework, "DEFAULT_MODEL", minilm)
    code = cell(
        "003",
        "from argilla.feedback import ArgillaTrainer, FeedbackDataset",
        'trainer.predict("This is awesome!")',
    )
    run(f"{code[: code.rindex(chr(10))]}\nsaid = {code[code.rindex(chr(10)) + 1 :]}", room)
    assert room["said"] in ("joy", "anger")
    assert "saved to my_setfit_model" in capsys.readouterr().out


def test_classification_with_spacy(room):
    """The guide's own function for labels, and a pipeline that is there already."""
    made = cell(
        "003",
        "from argilla.feedback import FeedbackDataset, TrainingTask",
        "(formatting_func=formatting_func)",
        nth=1,
    )
    run(made, room)
    room["feedback_dataset"] = room["dataset"]
    code = cell("003", f'{TRAINER}\ntrainer = ArgillaTrainer(\n    dataset=feedback_dataset,\n    task=task,\n    framework="spacy"',
                'output_dir="textcat_model")')  # fmt: skip
    run(code.replace("trainer.train(", "trainer.update_config(max_epochs=2)\ntrainer.train("), room)
    import spacy

    assert set(spacy.load("textcat_model")("Great!").cats) == {"joy", "anger"}


def test_fine_tuning_and_its_inference(room):
    """The cells about demonstrations, from the repository to what the saved model writes, LoRA as the guide suggests it."""
    run(cell("003", "import argilla as rg\nfrom datasets import Dataset\n\nfeedback_dataset", DOLLY), room)
    run(
        cell(
            "003",
            "from argilla.feedback import TrainingTask\nfrom typing import Dict, Any\n",
            "(formatting_func=formatting_func)",
        ),
        room,
    )
    run(cell("003", 'dataset = feedback_dataset.prepare_for_training(\n    framework="trl"', "\n)"), room)
    assert room["dataset"].column_names == ["id", "text"]
    code = cell("003", f'{TRAINER}\ntrainer = ArgillaTrainer(\n    dataset=feedback_dataset,\n    task=task,\n    framework="trl",\n    train_size',
                'output_dir="sft_model")')  # fmt: skip
    run(code, room)
    run(cell("003", "from transformers import GenerationConfig", "return tokenizer.decode(outputs[0])"), room)
    assert room["generate"]("sft_model", "Is a toad a frog?").startswith("### Instruction: Is a toad a frog?")
    lora = code.replace("# from peft", "from peft").replace("# trainer.update", "trainer.update")
    run(lora.replace('"sft_model"', '"sft_adapter"'), room)
    assert type(room["trainer"].trainer.model).__name__.startswith("Peft")


def test_a_reward_model_and_its_scores(room):
    """The cells about comparisons: task, rows, training, and the guide's own function that reads a score off the model."""
    run(DOLLY, room)
    run(
        cell("003", "from typing import Any, Dict, Iterator, Tuple", "(formatting_func=formatting_func)"),
        room,
    )
    run(
        cell(
            "003", 'dataset = feedback_dataset.prepare_for_training(framework="trl", task=task)', "task=task)"
        ),
        room,
    )
    assert room["dataset"].column_names == ["chosen", "rejected"]
    run(cell("003", f'{TRAINER}\ntrainer = ArgillaTrainer(\n    dataset=feedback_dataset,\n    task=task,\n    framework="trl",\n    model="distil',
             'output_dir="reward_model")'), room)  # fmt: skip
    run(
        cell(
            "003",
            "from transformers import AutoTokenizer, AutoModelForSequenceClassification",
            "print(score)\n# >> 2",
        ),
        room,
    )
    assert isinstance(room["score"], float)


def test_what_the_reward_model_prefers(room, capsys):
    """The cells about PPO, with the reward model of the cells before as a pipeline."""
    run(
        cell(
            "003",
            "from argilla.feedback import TrainingTask\nfrom typing import Dict, Any, Iterator\n",
            "policy_optimization(formatting_func=formatting_func)",
        ),
        room,
    )
    code = cell("003", f"{TRAINER}from transformers import pipeline", 'output_dir="ppo_model")')
    run(code.replace("from trl import PPOConfig", "from feedback_widgets import PPOConfig"), room)
    config = room["trainer"].trainer.args
    assert (config.per_device_train_batch_size, config.max_completion_length) == (16, 256)
    assert any("reward" in log for log in room["trainer"].history)
    run(
        cell(
            "003",
            f'{IMPORTS}\nmodel = AutoModelForCausalLM.from_pretrained("ppo_model")',
            "print(output_text)",
        ),
        room,
    )
    assert "### Response:" in room["output_text"]


def test_direct_preferences(room):
    """The cells about DPO, from the task to what the saved model writes."""
    run(
        cell(
            "003",
            "from argilla.feedback import TrainingTask\nfrom typing import Dict, Any, Iterator\n",
            "preference_optimization(formatting_func=formatting_func)",
            nth=1,
        ),
        room,
    )
    run(cell("003", f'{TRAINER}\ntrainer = ArgillaTrainer(\n    dataset=feedback_dataset,\n    task=task,\n    framework="trl",\n    model="gpt2",\n)\ntrainer.train(output_dir="dpo',
             'output_dir="dpo_model")'), room)  # fmt: skip
    run(
        cell(
            "003",
            f'{IMPORTS}\nmodel = AutoModelForCausalLM.from_pretrained("dpo_model")',
            "print(output_text)",
        ),
        room,
    )
    assert "### Response:" in room["output_text"]


# The guide's lists of settings: the comment above each -> framework, task, and a setting that must have arrived.
LABELS = fw.TrainingTask.for_text_classification(text="text", label="label")
DPO = fw.TrainingTask.for_direct_preference_optimization(lambda _: None)
SETTINGS = [
    ("# `OpenAI.FineTune`", 0, "openai", LABELS, "n_epochs", 2),
    ("# `setfit.SetFitModel`", 0, "setfit", LABELS, "local_files_only", False),
    ("# `setfit.SetFitTrainer`", 0, "setfit", LABELS, "num_iterations", 20),
    ("# `spacy.training`", 0, "spacy", LABELS, "patience", 1600),
    ("# `transformers.AutoModelForTextClassification`", 0, "transformers", LABELS, "local_files_only", False),
    ("# `transformers.TrainingArguments`", 0, "transformers", LABELS, "adam_beta2", 0.9),
    ("# `peft.LoraConfig`", 0, "peft", LABELS, "lora_alpha", 16),
    ("# `transformers.AutoModelForTextClassification`", 1, "peft", LABELS, "local_files_only", False),
    ("# `transformers.TrainingArguments`", 1, "peft", LABELS, "hub_strategy", "every_save"),
    ("# `transformers.TrainingArguments`", 3, "trl", DPO, "save_steps", 500),
]


@pytest.mark.filterwarnings("ignore:.*no longer exists", "ignore:.*has no effect")
@pytest.mark.parametrize(("title", "nth", "framework", "task", "name", "value"), SETTINGS)
def test_the_printed_settings_are_understood(title, nth, framework, task, name, value):
    """Each list of settings is taken as it is printed, but for slips of the pen that no Python reads."""
    trainer = fw.FeedbackTrainer(emotion(), task, framework=framework)
    run(without_repeats(cell("003", title, "\n)\n", nth=nth)), {"trainer": trainer})
    assert trainer.config[name] == value


def test_span_marker_names_its_successor():
    """The one list that runs in an environment of its own: the error says how to get there, and what learns the same here."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.SpanQuestion(name="q", field="text", labels=["a"])]
    )
    dataset.add_records([{"text": "t"}])
    task = fw.TrainingTask.for_token_classification(label="q")
    with pytest.raises(fw.FeedbackError, match="framework='transformers' learns the same spans"):
        fw.FeedbackTrainer(dataset, task, framework="span_marker")
