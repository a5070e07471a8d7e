"""A model's card: what it was made from, without the records; and what is sent to the hub, which is the model alone."""

import math
import re
from xml.etree import ElementTree

import pytest
from hub_stand_in import Hub

import feedback_widgets as fw
from feedback_widgets.training import publishing
from feedback_widgets.training.card import Facts, code, fenced, picture, plain, written

yaml = pytest.importorskip("yaml", reason="the data extra is not installed")

BAD = "bad | <script>alert(1)</script>"
TEXTS = {"good": ["great", "lovely", "fine"], BAD: ["awful", "poor", "dreadful"]}


def head(card):
    """Return the YAML head of a card."""
    return yaml.safe_load(card.split("---\n")[1])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A classifier of six reviews, two steps from nothing, its dataset in a store."""
    place = tmp_path_factory.mktemp("card")
    dataset = fw.FeedbackDataset.for_text_classification(labels=list(TEXTS))
    rows = [(f"Secret film was {word} ```", label) for label, words in TEXTS.items() for word in words]
    dataset.add_records([{"text": text} for text, _ in rows])
    dataset.save("tone", store=place / "feedback.db")
    for record, (_, label) in zip(dataset.records, rows, strict=True):
        dataset.respond(record.id, {"label": label}, user="alice")
    task = fw.TrainingTask.for_text_classification(text="text", label="label")
    model = fw.tiny.encoder([text for text, _ in rows], path=place / "start")
    trainer = fw.FeedbackTrainer(dataset, task, framework="transformers", model=model, train_size=0.7)
    trainer.update_config(
        max_steps=2, logging_steps=1, learning_rate=1e-3, hub_token="hf_secret",
        model_card_kwargs={"license": "mit", "tags": ["tone"]},
    )  # fmt: skip
    trainer.train(output_dir=place / "out")
    return trainer, place


def test_a_trained_model_has_its_card(trained):
    """Training writes a card beside the model: its store, dataset, events, answers, records, settings and measures."""
    trainer, place = trained
    card = (place / "out" / "README.md").read_text("utf-8")
    run = trainer.dataset.runs()[0]
    for told in (
        f"`{place / 'feedback.db'}`", "`default/tone`", f"`{run.events[0]} to {run.events[1]};", "`6 of 1 annotators`",
        f"`{trainer.report}`", "| `learning_rate` | `0.001` | `5e-05` |", "| `eval_accuracy` |", 'pipeline("text-classification"',
        "several answers to one record: `mean of ratings, else majority`", "0.7, drawn with seed 42",
    ):  # fmt: skip
        assert told in card
    assert head(card)["license"] == "mit"
    assert {"human-feedback", "text-classification", "tone"} <= set(head(card)["tags"])
    assert ElementTree.parse(place / "out" / "metrics.svg").getroot().tag.endswith("svg")


def test_no_record_is_in_a_card(trained):
    """Texts of records, keys and times are not in it; examples are, where the user asks for them."""
    trainer, _ = trained
    assert "Secret" not in trainer.card()
    assert "hf_secret" not in trainer.card(examples=2)
    assert "runtime" not in trainer.card()
    assert trainer.card(examples=2).count("Secret film") == 2


def test_hostile_names_stay_letters(trained):
    """A label with HTML and a bar in it breaks neither the table nor the page, and texts with fences stay in theirs."""
    trainer, _ = trained
    card = trainer.card(examples=3)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", card, flags=re.DOTALL)
    assert "<script>" in card
    assert "<script>" not in outside
    row = next(line for line in card.splitlines() if "eval_f1_bad" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 3


def test_a_public_card_tells_no_paths(trained):
    """What everybody may read names the store's file and the model's folder, not where they lie."""
    trainer, place = trained
    assert str(place) in trainer.card()
    public = trainer.card(public=True)
    assert str(place) not in public
    assert "`feedback.db`" in public


def test_a_public_card_names_the_hub(trained, monkeypatch):
    """A start model from the hub keeps its whole name there, and what loads the model is told for the repository."""
    trainer, _ = trained
    monkeypatch.setitem(trainer._run.details, "model", "ann/start")
    card = trainer.card(public=True)
    assert "`ann/start`" in card
    assert "model='the name of this repository'" in card
    assert "model='.'" in trainer.card()


def test_a_card_tells_what_was_chosen_and_measured(trained, monkeypatch):
    """Settings at their default, the output folder and facts that are not known are left out; numbers are short; the seed is told."""
    trainer, place = trained
    for name, value in {"output_dir": str(place), "adam_beta1": 0.9, "seed": 7}.items():
        monkeypatch.setitem(trainer.config, name, value)
    monkeypatch.setattr(trainer._run, "metrics", {"eval_a": 0.123456789, "eval_b": math.nan})
    monkeypatch.setattr(trainer, "report", None)
    monkeypatch.setattr(publishing, "PACKAGES", ("no-such-package", "torch"))
    card = trainer.card()
    assert "adam_beta1" not in card
    assert "output_dir" not in card
    assert "- records:" not in card
    assert "no-such-package" not in card
    assert "drawn with seed 7" in card
    assert "| `eval_a` | `0.123457` |" in card
    assert "| `eval_b` | `null` |" in card


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (fw.TrainingTask.for_text_classification(lambda _: None), "as its formatting_func takes them"),
        (fw.TrainingTask.for_text_classification(text="t", label="l", label_strategy="min"), "min"),
        (fw.TrainingTask.for_text_classification(text="t", label="l"), "mean of ratings, else majority"),
        (fw.TrainingTask.for_sentence_similarity(texts=["a", "b"]), "each gives a row of its own"),
        (fw.TrainingTask.for_supervised_fine_tuning(prompt="a", response="b"), "each gives a row of its own"),
        (fw.TrainingTask.for_kahneman_tversky_optimization(prompt="a", response="b", label="l", desirable="x"),
         "each gives a row of its own"),
    ],
)  # fmt: skip
def test_a_card_tells_how_several_answers_became_one(task, told):
    """By a function, by the rule given or the default one, or not at all."""
    assert publishing._aggregation(task) == told


def test_no_picture_is_written_of_nothing(trained, tmp_path):
    """Where nothing was logged there is no file, which the card would not show."""
    trained[0]._write_card(tmp_path, Facts("m", "text_classification", "trl"))
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_model_is_saved_with_its_card(trained, tmp_path):
    """`save` writes model and card; without one where that is asked."""
    trainer, _ = trained
    trainer.save(tmp_path / "with")
    trainer.save(tmp_path / "without", generate_card=False)
    assert (tmp_path / "with" / "README.md").is_file()
    assert (tmp_path / "without" / "config.json").is_file()
    assert not (tmp_path / "without" / "README.md").exists()


def test_the_head_is_yaml_whatever_is_in_it():
    """Values that would end the head, or begin something else in it, stay values."""
    facts = Facts(
        "ann/model", "text_classification", "trl", metadata={"license": "mit\n---\nx: [", "tags": "a: b"}
    )
    found = head(written(facts).replace("\\n---\\n", "\\n-- -\\n"))
    assert found["license"].startswith("mit\n")
    assert found["base_model"] == "ann/model"
    assert found["library_name"] == "transformers"
    assert found["tags"][-1] == "a: b"
    assert "base_model" not in head(written(Facts("/home/ann/model", "text_classification", "trl")))


def test_a_card_has_no_empty_parts():
    """Without settings, measures, a history and a way to load the model there is no heading for them."""
    card = written(Facts("m", "text_classification", "trl"))
    assert "# A model for text classification" in card
    assert not re.search(r"## (Settings|Measures|Use|Examples)|```|!\[|svg", card)


def test_a_name_of_ones_own_is_the_title():
    """It is shown letter by letter, and tags stand in the head once."""
    metadata = {"model_name": "<b>tone</b>", "tags": ["a"]}
    card = written(Facts("m", "text_classification", "trl", metadata=metadata))
    assert "# &lt;b&gt;tone&lt;/b&gt;\n" in card
    assert head(card)["tags"].count("a") == 1
    assert metadata["tags"] == ["a"]


@pytest.mark.parametrize("text", ["a`b", "``", "a\n\n# b", "`"])
def test_code_holds_any_text(text):
    """Backticks and line breaks end no code."""
    found = code(text)
    ticks = re.match("`+", found).group()
    assert "\n" not in found
    assert found.endswith(ticks)
    assert ticks not in re.sub(f"^{ticks}|{ticks}$", "", found)
    assert fenced("```\nx", "").startswith("````\n")
    assert code("`a") == "`` `a ``"
    assert plain("![x](y) <b>") == r"\!\[x\](y) &lt;b&gt;"


def test_the_picture_shows_what_went_on():
    """One panel for a measure and its held-out twin; what was logged once, times and rates are not drawn; names are letters."""
    log = [
        {"step": at, "loss": 1 / at, "eval_loss": 2 / at, "learning_rate": 0.1, "epoch": at, "f1_<b>": at}
        for at in (1, 2)
    ]
    drawn = ElementTree.fromstring(picture([*log, {"step": 2, "train_runtime": 3, "once": 1}]))
    panels = drawn.findall("{*}g")
    assert [panel.find("{*}text").text for panel in panels] == ["loss", "f1_<b>"]
    lines = panels[0].findall("{*}polyline")
    assert [line.get("stroke-dasharray") for line in lines] == [None, "5 3"]
    assert picture([{"step": 1, "loss": 1.0}]) == ""


def test_a_hub_that_is_away_is_said(trained, hub):
    """Where nobody answers, nothing is sent, and the reason is a sentence."""
    trainer, _ = trained
    hub.away = True
    with pytest.raises(fw.ServiceError, match="the model was not sent to 'ann/polite': "):
        trainer.push_to_huggingface("ann/polite", token="hf_given")
    assert not hub.files


@pytest.fixture
def hub(monkeypatch):
    """A hub of our own."""
    server = Hub()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    yield server
    server.shutdown()
    server.server_close()


def test_the_hub_gets_the_model_and_nothing_else(trained, hub):
    """The model and its public card go to the hub; rows, checkpoints and the settings with the token in them stay here."""
    trainer, place = trained
    (place / "out" / "data").mkdir(exist_ok=True)
    (place / "out" / "data" / "rows.jsonl").write_text("Secret", "utf-8")
    assert "ann/polite" in trainer.push_to_huggingface("ann/polite", token="hf_given", private=True)
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json", "metrics.svg"} <= set(
        hub.files
    )
    assert not {"training_args.bin", "data/rows.jsonl", "start/config.json"} & set(hub.files)
    sent = b"".join(content for name, content in hub.files.items() if name != "tokenizer.json")
    assert b"Secret film" not in sent
    assert b"hf_secret" not in sent
    assert str(place).encode() not in hub.files["README.md"]
    assert hub.made[0]["name"] == "polite"
    assert "private" in str(hub.made[0])
    hub.files.clear()
    trainer.push_to_huggingface("ann/polite", token="hf_given")  # the repository is there by now
    assert "model.safetensors" in hub.files
    assert {token for _, token in hub.seen} == {"Bearer hf_given"}


def test_a_card_may_be_left_out(trained, hub, monkeypatch):
    """Without a card the hub gets none, a library's own neither."""
    trainer, _ = trained
    save = trainer._library.save

    def with_a_card(native, folder):
        save(native, folder)
        (folder / "README.md").write_text("Secret film", "utf-8")

    monkeypatch.setattr(trainer._library, "save", with_a_card)
    trainer.push_to_huggingface("ann/polite", token="hf_given", generate_card=False)
    assert "README.md" not in hub.files
    assert "config.json" in hub.files


def test_what_the_hub_refuses_is_said(trained, hub, monkeypatch):
    """A refusal, a disk that is full, a name that cannot be, and an untrained model each give a sentence."""
    trainer, _ = trained

    def full(*_, **__):
        raise OSError("no room left")

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.HfApi.upload_folder", full)
        with pytest.raises(fw.ServiceError, match="the model was not sent to 'ann/polite': no room left"):
            trainer.push_to_huggingface("ann/polite", token="hf_given")
    hub.refuse = 403
    with pytest.raises(fw.ServiceError, match="the model was not sent to 'ann/polite': "):
        trainer.push_to_huggingface("ann/polite", token="hf_given")
    with pytest.raises(fw.InvalidInput, match="no repository called 'a b!'"):
        trainer.push_to_huggingface("a b!", token="hf_given")
    fresh = fw.FeedbackTrainer(trainer.dataset, trainer.task, framework="transformers", model=trainer.model)
    with pytest.raises(fw.InvalidInput, match=r"no trained model yet: call train\(\) first"):
        fresh.push_to_huggingface("ann/polite")
    with pytest.raises(fw.InvalidInput, match="no trained model yet"):
        fresh.save("out")
    with pytest.raises(fw.InvalidInput, match="no trained model yet"):
        fresh.card()
