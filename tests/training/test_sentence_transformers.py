"""Sentence Transformers: how alike texts are is learned from degrees, from yes and no, from classes and from what belongs together."""

import random
import re

import pytest

import feedback_widgets as fw
from feedback_widgets.training.frameworks import load
from feedback_widgets.training.kinds.base import Form
from feedback_widgets.training.similar import Shape, agreement, auc, shape_of

pytest.importorskip("sentence_transformers", reason="the sentence-transformers extra is not installed")
datasets = pytest.importorskip("datasets", reason="the data extra is not installed")

THINGS = ["film", "book", "meal", "hotel", "song", "game", "car", "garden"]
SAID = [
    ["awful", "terrible", "dreadful"],
    ["average", "ordinary", "so-so"],
    ["great", "lovely", "wonderful"],
]
DEGREES = fw.RatingQuestion(name="like", values=[1, 2, 3])
YES_NO = fw.LabelQuestion(name="like", labels=["0", "1"])
NAMES = fw.LabelQuestion(name="like", labels=["match", "clash"])
PAIR = (("The film was great.", "The book was lovely."), ("The film was great.", "The film was awful."))


def world(question, value, count):
    """Make pairs of remarks, good, bad or in between; `value` of how far they lie apart is alice's answer."""
    draw = random.Random(0)

    def remark(mood):
        return f"The {draw.choice(THINGS)} was {draw.choice(SAID[mood])}."

    moods = [(draw.randrange(3), draw.randrange(3)) for _ in range(count)]
    pairs = {(remark(one), remark(other)): value(abs(one - other)) for one, other in moods}
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="one"), fw.TextField(name="other")], questions=[question]
    )
    dataset.add_records([{"one": one, "other": other} for one, other in pairs])
    for record, answer in zip(dataset.records, pairs.values(), strict=True):
        dataset.respond(record.id, {"like": answer}, user="alice")
    return dataset


@pytest.fixture(scope="module")
def graded():
    return world(DEGREES, lambda apart: 3 - apart, 160)


@pytest.fixture(scope="module")
def named():
    return world(NAMES, lambda apart: "clash" if apart else "match", 120)


def task():
    return fw.TrainingTask.for_sentence_similarity(texts=["one", "other"], label="like")


def trainer_of(dataset, model, asked=None, **settings):
    settings = {"per_device_train_batch_size": 16, "learning_rate": 5e-4, **settings}
    framework = {"framework": "sentence-transformers", "model": model, "train_size": 0.75}
    return fw.FeedbackTrainer(dataset, asked or task(), **framework, **settings)


@pytest.fixture(scope="module")
def judge(graded, minilm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "graded"
    trainer = trainer_of(graded, minilm, max_steps=15)
    return trainer, trainer.train(output_dir=folder), folder


def test_degrees_are_learned(judge):
    """Ratings of how alike two texts are, are followed on held-out pairs, more closely than by the start model."""
    trainer, metrics, _ = judge
    assert metrics["eval_pearson"] > 0.9
    near, far = trainer.predict(list(PAIR))
    assert near - far > 0.5
    assert type(trainer.trainer.loss).__name__ == "CosineSimilarityLoss"
    assert trainer.history[-1]["eval_loss"] < trainer.history[0]["loss"] / 4


def test_a_saved_encoder_is_the_librarys_own(judge):
    """What was saved is read by Sentence Transformers alone, and by a new trainer; a text alone gives its vector."""
    from sentence_transformers import SentenceTransformer

    trainer, _, folder = judge
    vector = trainer.predict(PAIR[0][0])
    assert SentenceTransformer(str(folder), device="cpu").encode(PAIR[0][0]).tolist() == pytest.approx(
        vector, abs=1e-5
    )
    again = trainer_of(trainer.dataset, folder)
    assert again.predict(PAIR[0]) == pytest.approx(trainer.predict(PAIR[0]), abs=1e-5)


def test_no_training_text_is_written_beside_the_model(graded, minilm, tmp_path):
    """The library's own card would quote records, in the folder and in each checkpoint; none of the files does."""
    trainer_of(graded, minilm, max_steps=1, save_strategy="steps", save_steps=1).train(output_dir=tmp_path)
    paths = [path for path in tmp_path.rglob("*") if path.suffix in (".md", ".json")]
    assert any("checkpoint-1" in str(path) for path in paths)
    assert not [path for path in paths if re.search(r"The \w+ was", path.read_text("utf-8"))]


def test_alike_or_not_is_learned(minilm, tmp_path):
    """From answers 0 and 1, alike pairs come to lie nearer together than others in more than nine of ten cases."""
    trainer = trainer_of(world(YES_NO, lambda apart: str(int(not apart)), 120), minilm, max_steps=10)
    assert trainer.train(output_dir=tmp_path)["eval_auc"] > 0.9
    assert type(trainer.trainer.loss).__name__ == "ContrastiveLoss"


def test_classes_of_pairs_are_learned(named, minilm, tmp_path):
    """Labels with names are classes: more than nine in ten held-out pairs get theirs, and there is a report by label."""
    trainer = trainer_of(named, minilm, max_steps=30)
    assert trainer.train(output_dir=tmp_path)["eval_accuracy"] > 0.9
    assert type(trainer.trainer.loss).__name__ == "SoftmaxLoss"
    assert list(trainer.classification_report().index) == ["match", "clash", "(all)"]


def heads(trainer):
    """Return what a run has learned: the encoder's weights, and those of its loss."""
    return {**trainer.trainer.model.state_dict(), **trainer.trainer.loss.classifier.state_dict()}


def test_classes_of_pairs_go_on_where_they_stopped(named, minilm, tmp_path, capsys):
    """The head that is trained beside the encoder lies in the checkpoint, and a run that goes on ends as one that never stopped."""
    import torch

    settings = {"max_steps": 4, "save_strategy": "steps", "save_steps": 2, "logging_steps": 1}
    trainer = trainer_of(named, minilm, **settings)
    trainer.train(output_dir=tmp_path / "one")
    whole = {name: each.clone() for name, each in heads(trainer).items()}
    checkpoint = tmp_path / "one" / "checkpoint-2"
    capsys.readouterr()
    trainer.train(output_dir=tmp_path / "two", resume=checkpoint)
    said = capsys.readouterr().out
    assert "step 3/4" in said
    assert "step 2/4" not in said
    assert all(torch.equal(whole[name], each) for name, each in heads(trainer).items())
    assert not list(tmp_path.glob("*/checkpoint-*/README.md"))  # no card of the library's, before or after
    (checkpoint / "loss.safetensors").unlink()
    with pytest.raises(
        fw.InvalidInput, match=r"has no loss\.safetensors, so the head of SoftmaxLoss would begin"
    ):
        trainer.train(output_dir=tmp_path / "three", resume=checkpoint)


def test_what_belongs_together_is_learned(minilm, tmp_path):
    """Pairs without a label are learned as they are: the own partner is found among all others."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="one"), fw.TextField(name="other")],
        questions=[fw.TextQuestion(name="why")],
    )
    dataset.add_records([{"one": f"Who sells a {thing}?", "other": f"The {thing} shop."} for thing in THINGS])
    asked = fw.TrainingTask.for_sentence_similarity(texts=["one", "other"])
    trainer = trainer_of(dataset, minilm, asked, max_steps=1)
    assert trainer.train(output_dir=tmp_path)["eval_accuracy"] == 1
    assert type(trainer.trainer.loss).__name__ == "MultipleNegativesRankingLoss"


def test_triplets_are_learned(graded, minilm, tmp_path):
    """The second text of three comes nearer to the first than the third."""
    rows = [
        (f"The {one} was great.", f"The {other} was lovely.", f"The {one} was awful.")
        for one in THINGS
        for other in THINGS
    ]
    given = iter(rows)
    asked = fw.TrainingTask.for_sentence_similarity(lambda _: next(given, None))
    trainer = trainer_of(graded, minilm, asked, max_steps=8, loss="TripletLoss")
    assert trainer.train(output_dir=tmp_path)["eval_accuracy"] > 0.9
    assert type(trainer.trainer.loss).__name__ == "TripletLoss"


def test_a_cross_encoder_learns_degrees(graded, deep, tmp_path):
    """With `cross_encoder=True` both texts are read together; degrees come out between 0 and 1."""
    trainer = trainer_of(
        graded, deep, framework_kwargs={"cross_encoder": True}, max_steps=40, learning_rate=2e-4
    )
    assert trainer.train(output_dir=tmp_path)["eval_pearson"] > 0.9
    near, far = trainer.predict(list(PAIR))
    assert 1 >= near > far >= 0


def test_a_cross_encoder_names_its_classes(named, minilm, tmp_path):
    """Saved with its labels' names, it is the library's own, and answers with them."""
    from sentence_transformers.cross_encoder import CrossEncoder

    trainer = trainer_of(named, minilm, cross_encoder=True, max_steps=1)
    assert 0 <= trainer.train(output_dir=tmp_path)["eval_accuracy"] <= 1
    assert CrossEncoder(str(tmp_path), device="cpu").config.id2label == {0: "match", 1: "clash"}
    again = trainer_of(named, tmp_path, cross_encoder=True)
    assert again.predict(PAIR[0]) in ("match", "clash")
    assert sum(again.predict(PAIR[0], scores=True).values()) == pytest.approx(1)


def test_progress_is_plain_lines(graded, minilm, tmp_path, capfd):
    """A training says what its rows are, its steps and losses, and nothing else."""
    trainer_of(graded, minilm, cross_encoder=True, max_steps=1).train(output_dir=tmp_path)
    said = capfd.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()] == ["157", "rows", "step", "held-out", "saved"]
    assert said.err == ""


ROWS = {"sentence-1": ["a", "b", "c"], "sentence-2": ["d", "e", "f"]}


@pytest.mark.parametrize(
    ("labels", "question", "shape"),
    [
        ([0, 1, 1], None, Shape("alike")),
        ([0, 1, 1], YES_NO, Shape("alike")),
        ([0, 1, 1], NAMES, Shape("classes", names=("match", "clash"), values=(0, 1))),
        ([0, 2, 1], None, Shape("classes", names=("0", "1", "2"), values=(0, 1, 2))),
        (
            [3, 7, 3],
            fw.LabelQuestion(name="like", labels=["3", "7"]),
            Shape("classes", names=("3", "7"), values=(3, 7)),
        ),
        ([1, 2, 2], DEGREES, Shape("graded", (1, 3))),
        ([0.25, 0.5, 0.75], None, Shape("graded", (0.0, 1.0))),
        ([2.0, 3.5, 5.0], None, Shape("graded", (2.0, 5.0))),
        (None, None, Shape("pairs")),
    ],
)
def test_what_labels_mean(labels, question, shape):
    """The question decides what labels mean; where a function gave them, they speak for themselves."""
    columns = ROWS if labels is None else {**ROWS, "label": labels}
    assert shape_of(datasets.Dataset.from_dict(columns), question) == shape


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"label": [1, 1, 1]}, "nothing to tell apart: every pair has the label 1"),
        ({"label": [0, 1, 1], "sentence-3": ["g", "h", "i"]}, "three sentences with a label say two things"),
    ],
)
def test_rows_that_teach_nothing_are_refused(columns, said):
    """Labels that are all alike, and labels of triplets, are refused before a model is loaded."""
    with pytest.raises(fw.InvalidInput, match=said):
        shape_of(datasets.Dataset.from_dict({**ROWS, **columns}))


def test_scores_are_judged_as_statisticians_do():
    """Ties share their rank in Spearman's correlation and count half in the area under the curve."""
    found = agreement([1.0, 2.0, 2.0, 4.0], [1, 2, 3, 4])
    assert found["pearson"] == pytest.approx(0.923381, abs=1e-6)
    assert found["spearman"] == pytest.approx(0.948683, abs=1e-6)
    assert auc([0.5, 0.5, 0.9], [True, False, True]) == 0.75


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loss": "ConsineSimilarityLoss"}, r"loss=.ConsineSimilarityLoss. does not exist; there is .* Did you mean .CosineSimilarityLoss"),
        ({"tokenizer": "x"}, "takes the tokenizer from its model"),
        ({"epoch": 1}, r"have no setting 'epoch'\. The nearest are epochs"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused(graded, settings, said):
    """No setting is ignored in silence."""
    with pytest.raises(fw.InvalidInput, match=said):
        trainer_of(graded, "x").update_config(**settings)


def test_older_names_are_understood(graded):
    """The names of the library's first `fit` are those of today's settings."""
    trainer = trainer_of(graded, "x", epochs=2, batch_size=4, evaluation_steps=5, use_amp=False)
    assert trainer.config["num_train_epochs"] == 2
    assert trainer.config["per_device_train_batch_size"] == 4
    assert trainer.config["eval_steps"] == 5
    with pytest.warns(UserWarning, match="show_progress_bar no longer exists in Sentence Transformers"):
        trainer.update_config(show_progress_bar=True)


@pytest.mark.parametrize(
    ("cross", "texts", "said"),
    [
        (False, [("one", "two", "three")], "pairs of two texts, got"),
        (False, [("one", " ")], "texts with something in them"),
        (True, ["one"], "pairs of two texts, got 'one'"),
    ],
)
def test_predict_wants_pairs(graded, minilm, tmp_path, cross, texts, said):
    """Anything but pairs (or, for an encoder, texts) is refused with what was given."""
    library = load("sentence-transformers")(task())
    library.look_at(Form.of(graded))
    model = type("Model", (), {"rank": None})() if cross else object()
    with pytest.raises(fw.InvalidInput, match=said):
        library.predict(model, None, texts)


def test_a_cross_encoder_without_a_head_says_so(graded, minilm):
    """An encoder of sentences compares no pairs yet; the remedy is named."""
    with pytest.raises(fw.InvalidInput, match=r"compares no pairs yet.*call train\(\) first"):
        trainer_of(graded, minilm, cross_encoder=True).predict(PAIR[0])
