"""spaCy: answers teach one pipe, and the rest of a pipeline stays as it was."""

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import FeedbackError
from feedback_widgets.training.pipelines import SEVERAL

spacy = pytest.importorskip("spacy", reason="the spacy extra is not installed")

CITIES = ["Oslo", "Lima", "Rome", "New York", "Cairo", "Delhi"]
PEOPLE = ["Ada", "Grace", "Alan", "Mary Ann", "Kurt"]
QUICK = {"max_epochs": 10, "batch_size": 8}


def label_task():
    return fw.TrainingTask.for_text_classification(text="text", label="label")


def span_task():
    return fw.TrainingTask.for_token_classification(label="label")


def spans(text, **found):
    """Return the spans of these words in a text."""
    places = [(text.index(words), words, label) for label, words in found.items()]
    return [{"start": at, "end": at + len(words), "label": label} for at, words, label in sorted(places)]


@pytest.fixture(scope="module")
def journeys(answered):
    """Sentences in which people and cities are marked."""
    forms = ["{} flew to {} today.", "Yesterday {} left for {}.", "I met {} in {}, of all places."]
    texts = [(form.format(who, city), who, city) for form in forms for who in PEOPLE for city in CITIES]
    rows = [(text, spans(text, person=who, city=city)) for text, who, city in texts]
    return answered(fw.SpanQuestion(name="label", field="text", labels=["person", "city"]), rows)


def weights(pipe):
    """Return every number that a pipe has learned."""
    return [
        node.get_param(name).tobytes()
        for node in pipe.model.walk()
        for name in node.param_names
        if node.has_param(name)
    ]


def trained(dataset, task, folder, **settings):
    trainer = fw.FeedbackTrainer(dataset, task, framework="spacy", train_size=0.75, **QUICK | settings)
    return trainer, trainer.train(output_dir=folder)


@pytest.fixture(scope="module")
def classifier(reviews, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "reviews"
    return *trained(reviews, label_task(), folder), folder


@pytest.fixture(scope="module")
def finder(journeys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "journeys"
    return *trained(journeys, span_task(), folder), folder


def test_labels_are_learned(classifier):
    """Of reviews that it has not seen, it knows more than nine in ten."""
    trainer, metrics, _ = classifier
    assert metrics["eval_accuracy"] > 0.9
    assert metrics["eval_macro_f1"] > 0.9
    assert trainer.evaluate()["eval_accuracy"] == metrics["eval_accuracy"]
    assert trainer.predict("The chair was wonderful.") == "good"
    assert trainer.history[-1]["loss"] < trainer.history[0]["loss"] / 2


def test_several_labels_are_learned(remarks, tmp_path):
    """Of remarks with several labels, more than nine in ten are given exactly theirs."""
    trainer, metrics = trained(remarks, label_task(), tmp_path, max_epochs=25)
    card = trainer.card(examples=1)
    assert len(card) > len(trainer.card())
    assert trainer.trainer.pipe_names == ["textcat_multilabel"]
    assert metrics["eval_subset_accuracy"] > 0.9
    assert trainer.predict(["I remember the soup and the carpet.", "I remember the bed of May."]) == [
        ["food", "room"],
        ["room"],
    ]


def test_spans_are_found(finder):
    """Of spans that it has not seen, it finds more than nine in ten exactly, in code points."""
    trainer, metrics, _ = finder
    assert metrics["eval_span_f1"] > 0.9
    text = "I met Mary Ann in Cairo, of all places."
    assert trainer.predict(text) == spans(text, person="Mary Ann", city="Cairo")


def test_a_saved_pipeline_is_spacys_own(classifier):
    """What was saved is read by spaCy alone, and by a new trainer."""
    trainer, _, folder = classifier
    text = "The chair was awful."
    assert spacy.load(folder)(text).cats["bad"] > 0.5
    again = fw.FeedbackTrainer(trainer.dataset, trainer.task, framework="spacy", model=folder)
    assert again.predict([text], scores=True) == trainer.predict([text], scores=True)


def test_training_goes_on_from_a_saved_pipeline(classifier, tmp_path):
    """A pipe that knows the labels learns on where it stood."""
    trainer, _, folder = classifier
    again, _ = trained(trainer.dataset, trainer.task, tmp_path, model=folder, max_epochs=1)
    assert again.history[0]["loss"] < trainer.history[0]["loss"] / 2
    assert again.history[0]["eval_macro_f1"] > 0.9


def test_the_users_pipeline_is_left_alone(reviews, finder, tmp_path):
    """Their object gets no new pipe, and the weights of their trained pipes come out as they went in."""
    theirs = spacy.load(finder[2])
    before = weights(theirs.get_pipe("ner"))
    trainer, metrics = trained(reviews, label_task(), tmp_path, model=theirs, max_epochs=3)
    assert theirs.pipe_names == ["ner"]
    assert trainer.trainer.pipe_names == ["ner", "textcat"]
    assert weights(trainer.trainer.get_pipe("ner")) == before == weights(theirs.get_pipe("ner"))
    assert metrics["eval_accuracy"] > 0.5


def test_a_pipe_with_other_labels_is_refused(answered, finder, tmp_path):
    """The user's own `ner` is not taught other labels behind their back."""
    dataset = answered(
        fw.SpanQuestion(name="label", field="text", labels=["animal"]),
        [("A cat.", spans("A cat.", animal="cat"))],
    )
    trainer = fw.FeedbackTrainer(dataset, span_task(), framework="spacy", model=finder[2])
    with pytest.raises(
        fw.InvalidInput, match=r"'ner' that does not know 'animal': leave it out, .*exclude=\['ner'\]"
    ):
        trainer.train(output_dir=tmp_path)


def test_a_pipe_that_listens_hears_its_source(reviews, tmp_path):
    """A pipe that reads a shared tok2vec learns, and the tok2vec stays as it was."""
    theirs = spacy.blank("en")
    theirs.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    model = {"@architectures": "spacy.TextCatReduce.v1", "tok2vec": listener, "exclusive_classes": True}
    theirs.add_pipe(
        "textcat",
        config={
            "model": model | {f"use_reduce_{how}": how == "mean" for how in ("mean", "max", "first", "last")}
        },
    )
    theirs.initialize(
        lambda: [
            spacy.training.Example.from_dict(theirs.make_doc("The film was great."), {"cats": {each: each == "good" for each in ("good", "bad")}})
            for _ in range(2)
        ]
    )  # fmt: skip
    before = weights(theirs.get_pipe("tok2vec"))
    trainer, metrics = trained(reviews, label_task(), tmp_path, model=theirs, max_epochs=30, learn_rate=0.01)
    assert weights(trainer.trainer.get_pipe("tok2vec")) == before
    assert metrics["eval_accuracy"] > 0.9


def test_the_guides_settings_are_accepted(reviews):
    """Every setting of spaCy's training that the guide lists is understood with the guide's own value."""
    trainer = fw.FeedbackTrainer(reviews, label_task(), framework="spacy")
    given = {
        "dev_corpus": "corpora.dev", "train_corpus": "corpora.train", "seed": 42, "gpu_allocator": 0,
        "accumulate_gradient": 1, "patience": 1600, "max_epochs": 0, "max_steps": 20000, "eval_frequency": 200,
        "frozen_components": [], "annotating_components": [], "before_to_disk": None, "before_update": None,
    }  # fmt: skip
    assert trainer.update_config(**given).config == given
    assert "max_epochs = 0\n" in repr(trainer) + "\n"


@pytest.mark.parametrize(("old", "kept"), [("learning_rate", "learn_rate"), ("num_train_epochs", "max_epochs"), ("drop", "dropout")])  # fmt: skip
def test_names_of_other_libraries_are_understood(reviews, old, kept):
    """Settings by the names that other libraries give them mean the same here."""
    trainer = fw.FeedbackTrainer(reviews, label_task(), framework="spacy", **{old: 1})
    assert trainer.config == {kept: 1}


def test_an_unknown_setting_is_refused(reviews):
    """No setting is ignored in silence: the nearest are named."""
    with pytest.raises(
        fw.InvalidInput, match=r"spaCy's training has no setting 'max_epoch'\. The nearest are max_epochs"
    ):
        fw.FeedbackTrainer(reviews, label_task(), framework="spacy", max_epoch=3)


def test_another_corpus_has_no_effect_and_says_so(reviews):
    """The rows come from the dataset, whatever a configuration says."""
    with pytest.warns(UserWarning, match="train_corpus='mine' has no effect"):
        trainer = fw.FeedbackTrainer(reviews, label_task(), framework="spacy", train_corpus="mine")
    assert not trainer.config


def test_max_epochs_is_the_number_of_epochs(reviews, tmp_path):
    """Training ends after the epochs asked for, and every row was seen in each."""
    seen = []
    settings = {"max_epochs": 2, "batch_size": 20, "before_update": lambda _, at: seen.append(at["epoch"])}
    trained(reviews, label_task(), tmp_path, **settings)
    assert seen == [0, 0, 0, 1, 1, 1]


def test_patience_stops_and_keeps_the_best(reviews, tmp_path):
    """With patience, training ends when nothing gets better, and the pipe is the best one seen."""
    trainer, metrics = trained(
        reviews, label_task(), tmp_path, max_epochs=0, patience=6, eval_frequency=2, learn_rate=0.02
    )
    scores = [log["eval_macro_f1"] for log in trainer.history]
    assert len(scores) < 100
    assert metrics["eval_macro_f1"] == pytest.approx(max(scores))


def test_the_same_seed_gives_the_same_training(reviews, tmp_path):
    """Two runs are equal in every number logged."""
    one, other = (
        trained(reviews, label_task(), tmp_path / str(at), max_epochs=2, seed=7)[0] for at in range(2)
    )
    assert one.history == other.history
    assert one.history != trained(reviews, label_task(), tmp_path / "2", max_epochs=2, seed=8)[0].history


def test_a_pipeline_asked_before_training_says_so(reviews):
    """A blank pipeline has no classifier; the remedy is named."""
    trainer = fw.FeedbackTrainer(reviews, label_task(), framework="spacy", lang="de")
    with pytest.raises(fw.InvalidInput, match=r"no 'textcat' yet: call train\(\) first"):
        trainer.predict("Hallo")
    assert trainer._current()[0].lang == "de"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "en_core_web_nowhere"}, r"python -m spacy download en_core_web_nowhere"),
        ({"lang": "tlh"}, r"cannot read lang='tlh'"),
        ({"max_epochs": -1}, r"max_epochs=-1 is not a number of epochs"),
        ({"max_epochs": 0, "max_steps": 0}, r"training would never end"),
        ({"learn_rate": float("inf")}, r"loss is nan at step \d+, so this training was stopped"),
    ],
)
def test_what_cannot_train_is_refused_with_the_remedy(reviews, tmp_path, settings, said):
    """Settings that lead nowhere stop with a sentence."""
    trainer = fw.FeedbackTrainer(reviews, label_task(), framework="spacy", **settings)
    with pytest.raises(FeedbackError, match=said):
        trainer.train(output_dir=tmp_path)


def test_one_label_alone_is_refused(answered, tmp_path):
    """A classifier needs something to tell apart."""
    dataset = answered(
        fw.LabelQuestion(name="label", labels=["good", "bad"]), [("Yes.", "good"), ("Ja.", "good")]
    )
    trainer = fw.FeedbackTrainer(dataset, label_task(), framework="spacy")
    with pytest.raises(fw.InvalidInput, match="every training row has the label 'good'"):
        trainer.train(output_dir=tmp_path)


def test_texts_without_any_span_are_refused(journeys, tmp_path):
    """Where nothing was marked, nothing can be found."""
    task = fw.TrainingTask.for_token_classification(lambda _: (["Nowhere"], ["O"]))
    trainer = fw.FeedbackTrainer(journeys, task, framework="spacy")
    with pytest.raises(fw.InvalidInput, match="no training row has a span"):
        trainer.train(output_dir=tmp_path)


def test_spans_that_cut_words_are_counted_and_left_open(answered):
    """A span within a word is neither learned nor taken for a mistake, and the run says how many there are."""
    text = "Unhappy Oslo."
    marked = [{"start": 2, "end": 7, "label": "city"}, *spans(text, city="Oslo")]
    dataset = answered(fw.SpanQuestion(name="label", field="text", labels=["city"]), [(text, marked)])
    with pytest.warns(UserWarning, match="1 of 2 spans do not begin and end where spaCy's words do"):
        docs = dataset.prepare_for_training("spacy", span_task())
    (doc,) = docs.get_docs(spacy.blank("en").vocab)
    assert [(span.text, span.label_) for span in doc.ents] == [("Oslo", "city")]
    assert [word.ent_iob_ for word in doc] == ["", "B", "O"]


def test_words_and_tags_of_a_function_become_spans(journeys):
    """Rows of a formatting_func keep their own words."""
    task = fw.TrainingTask.for_token_classification(
        lambda _: (["To", "New", "York", "!"], ["O", "B-city", "I-city", "O"])
    )
    doc = next(iter(journeys.prepare_for_training("spacy", task).get_docs(spacy.blank("en").vocab)))
    assert [(span.text, span.label_) for span in doc.ents] == [("New York", "city")]
    assert [word.text for word in doc] == ["To", "New", "York", "!"]


def test_documents_say_whether_labels_exclude_each_other(reviews, remarks, answered):
    """Several labels are known by the question, even where every text has just one."""
    alone = answered(fw.MultiLabelQuestion(name="label", labels=["a", "b"]), [("x", ["a"]), ("y", ["b"])])
    for dataset, several in ((reviews, False), (remarks, True), (alone, True)):
        docs = list(dataset.prepare_for_training("spacy", label_task()).get_docs(spacy.blank("en").vocab))
        assert {SEVERAL in doc.user_data for doc in docs} == {several}


def test_predict_takes_only_what_it_knows(classifier, finder):
    """An option that means nothing here is refused, and so are scores where there are none."""
    with pytest.raises(fw.InvalidInput, match=r"takes scores=True, got top_k"):
        classifier[0].predict("Fine.", top_k=2)
    with pytest.raises(fw.InvalidInput, match="spans carry no scores"):
        finder[0].predict("Fine.", scores=True)
