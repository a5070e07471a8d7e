"""The tiny model: offline, small, repeatable, and able to write any text."""

import pytest

import feedback_widgets as fw

transformers = pytest.importorskip("transformers", reason="the training extra is not installed")

TEXTS = ["Where is the cat?", "The cat is on the mat.", "Grüße aus 東京 🦊"]


def load(folder):
    """Return the saved model and tokenizer."""
    auto = transformers.AutoModelForCausalLM, transformers.AutoTokenizer
    return tuple(each.from_pretrained(folder) for each in auto)


def test_the_folder_loads_like_any_model(tmp_path):
    """What was made is an ordinary model folder of about 160,000 parameters, at the path given."""
    folder = fw.tiny.model(TEXTS, path=tmp_path / "tiny")
    model, _ = load(folder)
    assert folder == str(tmp_path / "tiny")
    assert 100_000 < model.num_parameters() < 200_000


def test_any_text_survives_the_tokenizer(tmp_path):
    """Bytes never seen in the texts still come back as they went in."""
    _, tokenizer = load(fw.tiny.model(TEXTS, path=tmp_path))
    for text in [*TEXTS, "\tZażółć\n  gęślą jaźń 🙂", "نص"]:
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_tokenizer_pads_and_ends(tmp_path):
    """Padding and end of text are two different tokens, known to the model."""
    model, tokenizer = load(fw.tiny.model(TEXTS, path=tmp_path))
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 1)
    assert (model.config.pad_token_id, model.config.eos_token_id) == (0, 1)


def test_the_same_seed_gives_the_same_weights(tmp_path):
    """A seed repeats the model, another seed gives another one, and the caller's random numbers go on undisturbed."""
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    folders = [
        fw.tiny.model(TEXTS, path=tmp_path / str(number), seed=seed) for number, seed in enumerate([0, 0, 1])
    ]
    assert torch.equal(torch.rand(1), expected)
    one, same, other = (load(each)[0].model.embed_tokens.weight for each in folders)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_without_a_path_it_finds_a_place():
    """Two calls without a path do not write over each other."""
    assert fw.tiny.model(TEXTS) != fw.tiny.model(TEXTS)


@pytest.mark.parametrize(
    ("texts", "sizes", "says"),
    [
        ("one text", {}, "needs a list of texts, and got one text"),
        ([], {}, "needs at least one text"),
        (["a", 3], {}, "nothing but texts, got 3"),
        (["a"], {"vocab_size": 100}, "vocab_size=100 is too small"),
        (["a"], {"hidden_size": 60}, "hidden_size=60 does not fit"),
        (["a"], {"layers": 0}, "layers=0 is too few"),
    ],
)
def test_what_cannot_be_made_is_refused(texts, sizes, says):
    """One sentence names the value and the rule."""
    with pytest.raises(fw.InvalidInput, match=says):
        fw.tiny.model(texts, **sizes)
