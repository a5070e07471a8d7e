"""Start models of every kind, and predictions before and after training."""

import sys

import pytest

import feedback_widgets as fw

PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


def test_without_a_model_the_remedy_is_named(comparisons, tmp_path):
    """A trainer needs a start, and says where one comes from."""
    trainer = fw.FeedbackTrainer(comparisons, fw.TrainingTask.for_reward_modeling(**PAIR))
    with pytest.raises(fw.InvalidInput, match=r"model= takes a folder.*fw\.tiny\.model"):
        trainer.train(output_dir=tmp_path)


def test_a_model_in_memory_is_handed_over_by_path(comparisons, base, tmp_path):
    """The weights that TRL reads as its reference are those of the model given, not of the folder it came from."""
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        model.lm_head.weight.mul_(0.5)
    task = fw.TrainingTask.for_direct_preference_optimization(**PAIR)
    trainer = fw.FeedbackTrainer(comparisons, task, model=model, max_steps=1)
    trainer.train(output_dir=tmp_path)
    start = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "start")
    assert torch.equal(start.lm_head.weight, model.lm_head.weight)
    assert trainer.trainer.ref_model.config._name_or_path == str(tmp_path / "start")


def test_a_model_that_was_never_saved_needs_a_tokenizer(comparisons, base, tmp_path):
    """The tokenizer cannot be guessed from weights."""
    import transformers

    model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.from_pretrained(base))
    model.config._name_or_path = ""
    trainer = fw.FeedbackTrainer(
        comparisons, fw.TrainingTask.for_direct_preference_optimization(**PAIR), model=model
    )
    with pytest.raises(fw.InvalidInput, match="its tokenizer cannot be found: pass tokenizer="):
        trainer.train(output_dir=tmp_path)


@pytest.fixture(scope="module")
def tuned(demonstrations, base, tmp_path_factory):
    """A trainer that has learned to answer, and what its start model said."""
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="answer")
    trainer = fw.FeedbackTrainer(
        demonstrations, task, framework="trl", model=base, max_steps=40, learning_rate=3e-3
    )
    before = trainer.predict("What colour is the sea?", max_new_tokens=4)
    trainer.train(output_dir=tmp_path_factory.mktemp("models") / "tuned")
    return trainer, before


def test_predictions_before_and_after_training(tuned):
    """The start model answers before training, the trained one after; one text in, one out, a list in, a list out."""
    trainer, before = tuned
    after = trainer.predict(["What colour is the sea?", "Tell me the colour of the sun. "], max_new_tokens=4)
    assert isinstance(before, str)
    assert [type(each) for each in after] == [str, str]
    assert after[0] != before


def test_a_padded_prompt_continues_as_it_does_alone(tuned):
    """Predictions in a batch are those of each prompt by itself."""
    trainer, _ = tuned
    prompts = ["What colour is the sea?", "Tell me the colour of the sun and of nothing else, please."]
    assert trainer.predict(prompts) == [trainer.predict(each) for each in prompts]


def test_a_reward_model_gives_floats(rewarding, tmp_path):
    """A score is the model's only logit, for a text and for a (prompt, response) tuple alike."""
    rewarding.train(output_dir=tmp_path)
    text, pair = rewarding.predict(["Why? Because.", ("Why?", "Because.")])
    assert isinstance(text, float)
    assert text == pytest.approx(pair, abs=1e-5)
    assert rewarding.predict("Why? Because.") == pytest.approx(text, abs=1e-5)


def test_an_empty_prompt_is_refused(writing):
    """There is nothing to continue."""
    with pytest.raises(fw.InvalidInput, match="needs prompts with some text in them, got ' '"):
        writing.predict(" ")


def test_save_and_evaluate_need_a_run(writing, tmp_path):
    """What is not there yet is named."""
    with pytest.raises(fw.InvalidInput, match="there is no trained model yet"):
        writing.save(tmp_path)
    with pytest.raises(fw.InvalidInput, match="give a train_size below 1"):
        writing.evaluate()


def test_save_writes_a_second_copy(rewarding, tmp_path):
    """The trained model can be put elsewhere too, with its tokenizer."""
    rewarding.train(output_dir=tmp_path / "one")
    rewarding.save(tmp_path / "two")
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        path.name for path in (tmp_path / "two").iterdir()
    }


def test_a_tokenizer_without_padding_gets_one(rewarding, base, tmp_path):
    """Models like GPT-2 come without a padding token; batches of them train and score all the same."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(base)
    words.pad_token = None
    rewarding.update_config(tokenizer=words).train(output_dir=tmp_path)
    texts = ["Why? Because.", "What colour is the sea? Gladly. The sea is blue."]
    assert rewarding.predict(texts) == pytest.approx([rewarding.predict(each) for each in texts], abs=1e-4)


def test_an_encoder_can_be_a_reward_model(rewarding, base, tmp_path):
    """Models like BERT have no end mark but a separator, and learn to score too."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(base)
    words.sep_token, words.eos_token = "<eos>", None
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(vocab_size=len(words), num_labels=1, **sizes)
    model = transformers.BertForSequenceClassification(config)
    rewarding.update_config(model=model, tokenizer=words).train(output_dir=tmp_path)
    assert isinstance(rewarding.predict("Why? Because."), float)


def test_a_classifier_with_labels_is_no_start_for_a_reward_model(rewarding, base, tmp_path):
    """A head with two outputs is refused with a remedy instead of failing among the weights."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(base, num_labels=2)
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    rewarding.update_config(model=model, tokenizer=base)
    with pytest.raises(
        fw.InvalidInput, match="a classifier with 2 labels, and a reward model has one output"
    ):
        rewarding.train(output_dir=tmp_path)


def test_a_missing_library_is_named_with_its_remedy(writing, tmp_path, monkeypatch):
    """Where TRL is not installed, the error holds the command that installs it."""
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(
        fw.MissingExtra, match=r"'trl', which is not installed: pip install 'feedback_widgets\[train\]'"
    ):
        writing.train(output_dir=tmp_path)
