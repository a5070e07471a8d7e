"""What a reward model may be given as, and that each form gives the same scores."""

import math

import pytest

import feedback_widgets as fw
from feedback_widgets.training.rewards import reward_functions

PROMPTS, REPLIES = ["Why?", "What colour is the sea?"], [" Gladly. The sea is blue.", " Ugh."]


@pytest.fixture(scope="module")
def folder(base, tmp_path_factory):
    """A reward model with random weights."""
    import torch
    import transformers

    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    where = tmp_path_factory.mktemp("models") / "judge"
    model.save_pretrained(where)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(where)
    return where


def scores(given):
    """Return what the only function says of two replies."""
    (function,) = reward_functions(given)
    return function(prompts=PROMPTS, completions=REPLIES, more=["a column", "of the rows"])


def test_every_form_of_a_model_gives_the_same_scores(folder):
    """A folder, a path as text, the model itself and its pipeline: the same logit, without the pipeline's sigmoid."""
    import transformers

    expected = scores(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    pipeline = transformers.pipeline("text-classification", model=str(folder))
    assert len(expected) == 2
    assert expected[0] != expected[1]
    for other in (str(folder), model, pipeline):
        assert scores(other) == pytest.approx(expected, abs=1e-5)


def test_a_trainer_is_a_reward_model(rewarding, tmp_path):
    """What a FeedbackTrainer has trained scores as the folder that it wrote."""
    rewarding.train(output_dir=tmp_path)
    assert scores(rewarding) == pytest.approx(scores(tmp_path), abs=1e-4)


def test_an_adapter_is_a_reward_model(rewarding, tmp_path):
    """A reward model trained with LoRA scores by its own head when it is read from its folder."""
    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    lora = peft.LoraConfig(r=4, target_modules="all-linear", modules_to_save=["score"])
    rewarding.update_config(peft_config=lora, learning_rate=1e-2).train(output_dir=tmp_path)
    assert (tmp_path / "adapter_config.json").exists()
    assert scores(tmp_path) == pytest.approx(scores(rewarding), abs=1e-4)


def test_functions_score_too():
    """A function of prompts and replies, or of one text; several are kept apart; None says nothing about a reply."""

    def longer(prompts, completions, *, least=10):
        return [
            len(prompt + reply) if len(reply) > least else None
            for prompt, reply in zip(prompts, completions, strict=True)
        ]

    assert scores(longer) == [29.0, None]
    assert scores(len) == [29.0, 28.0]
    assert len(reward_functions([len, longer])) == len(reward_functions((len, longer))) == 2


def test_a_function_of_one_text_may_have_options():
    """What has a default, or takes whatever is left, does not make it a function of prompts and replies."""

    def scaled(text, by=2, *_rest, **_more):
        return by * len(text)

    assert scores(scaled) == [58.0, 56.0]


def test_a_function_gets_lists():
    """Whatever the library hands over, the user's function is given lists."""
    seen = []

    def taste(prompts, replies):
        seen.extend([type(prompts), type(replies)])
        return [0.0] * len(prompts)

    reward_functions(taste)[0](prompts=tuple(PROMPTS), completions=tuple(REPLIES))
    assert seen == [list, list]


def test_each_has_its_name(folder):
    """The library names its logs after the functions: by their own name, or that of the folder."""
    assert [each.__name__ for each in reward_functions([folder, str(folder), len])] == [
        "judge",
        "judge",
        "len",
    ]


def test_a_pipeline_brings_its_tokenizer(folder):
    """A model that was never saved is read with the tokenizer of its pipeline."""
    import transformers

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    model.config._name_or_path = ""
    words = transformers.AutoTokenizer.from_pretrained(folder)
    pipeline = transformers.pipeline("text-classification", model=model, tokenizer=words)
    assert scores(pipeline) == pytest.approx(scores(folder), abs=1e-5)


def test_a_model_that_knows_no_padding_gets_its_tokenizers(folder, tmp_path):
    """Saved without a padding mark, it scores texts of several lengths all the same."""
    import transformers

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    model.config.pad_token_id = None
    model.save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    assert scores(tmp_path) == pytest.approx(scores(folder), abs=1e-5)


def test_an_adapter_in_memory_is_a_reward_model(folder):
    """Wrapped in an adapter of no named task, a reward model scores as before."""
    import transformers

    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    wrapped = peft.get_peft_model(model, peft.LoraConfig(r=2, target_modules="all-linear"))
    assert "SequenceClassification" not in type(wrapped).__name__
    assert scores(wrapped.eval()) == pytest.approx(scores(folder), abs=1e-5)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "none was given: reward_model= takes"),
        ([], "none was given"),
        (3, "reward_model=3 gives no scores"),
    ],
)
def test_what_gives_no_scores_is_refused(given, says):
    """The error says what may be given."""
    with pytest.raises(fw.InvalidInput, match=says):
        reward_functions(given)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ([1.0], "gave 1 scores for 2 replies: give one number per reply"),
        ([1.0, math.nan], "gave nan as a score: give a finite number"),
        ([1.0, "good"], "gave 'good' as a score"),
        ([1.0, [2.0]], r"gave \[2\.0\] as a score"),
        ([1.0, math.inf], "gave inf as a score"),
    ],
)
def test_scores_that_are_none_are_refused(said, says):
    """A reward function of the user's own is checked at every call, by its name."""

    def taste(_prompts, _completions):
        return said

    with pytest.raises(fw.InvalidInput, match=f"reward_model taste {says}"):
        scores(taste)


def test_models_with_other_heads_are_refused(base, tmp_path):
    """A language model, or a classifier of two labels, would give numbers that mean nothing; from a folder, too."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(base, num_labels=2)
    classifier = transformers.AutoModelForSequenceClassification.from_config(config)
    classifier.config._name_or_path = str(base)
    classifier.save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(tmp_path)
    writer = transformers.AutoModelForCausalLM.from_pretrained(base)
    writer.config.num_labels = 1
    two = "a classifier with 2 labels"
    for model, what in ((classifier, two), (tmp_path, two), (writer, "a LlamaForCausalLM")):
        with pytest.raises(fw.InvalidInput, match=f"must have one output, and this is {what}"):
            reward_functions(model)


def test_a_trainer_of_another_task_is_refused(writing):
    """Only what learned from preferences can score."""
    with pytest.raises(fw.InvalidInput, match="learns supervised_fine_tuning and gives no scores"):
        reward_functions(writing)
