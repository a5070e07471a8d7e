"""Small models made on the spot, so that notebooks and tests train offline and in seconds: one that writes, one that reads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require

MAX_LENGTH = 512  # tokens, prompt and continuation together


def model(
    texts: Iterable[str],
    path: str | Path | None = None,
    seed: int = 0,
    vocab_size: int = 512,
    hidden_size: int = 64,
    layers: int = 2,
) -> str:
    """Make a Llama with random weights and a byte-level tokenizer that has seen `texts`, and save both.

    With the default sizes it has about 160,000 parameters: enough to learn a few sentences in seconds on one core.

    Args:
        texts: what the tokenizer learns its words from; any other text still works, byte by byte.
        path: the folder to write; default a new temporary one.
        seed: of the random weights; the same seed and texts give the same model.
        vocab_size: number of tokens, at least 258 (the 256 bytes, padding and end of text).
        hidden_size: width of the network: 8, 16, or a larger multiple of 16.
        layers: depth of the network.

    Returns:
        The folder, ready to be passed on as `model=`.

    Example:
        >>> import feedback_widgets as fw
        >>> folder = fw.tiny.model(["Where is the cat?", "The cat is on the mat."])  # doctest: +SKIP
        >>> fw.FeedbackTrainer(dataset, task, framework="trl", model=folder)  # doctest: +SKIP
    """
    return _made("model", _tokenizer, _network, texts, path, seed, vocab_size, hidden_size, layers)


def encoder(
    texts: Iterable[str],
    path: str | Path | None = None,
    seed: int = 0,
    vocab_size: int = 2048,
    hidden_size: int = 64,
    layers: int = 2,
) -> str:
    """Make a BERT with random weights and a tokenizer of the words in `texts`, and save both: to learn labels and spans.

    Args:
        texts: what the tokenizer learns its words and their parts from, in lower case; letters it never saw are unknown to it.
        path: the folder to write; default a new temporary one.
        seed: of the random weights; the same seed and texts give the same model.
        vocab_size: number of tokens at most, at least 258.
        hidden_size: width of the network: 8, 16, or a larger multiple of 16.
        layers: depth of the network.

    Returns:
        The folder, ready to be passed on as `model=`.

    Example:
        >>> import feedback_widgets as fw
        >>> folder = fw.tiny.encoder(["Could you help me?", "Go away."])  # doctest: +SKIP
        >>> fw.FeedbackTrainer(dataset, task, framework="transformers", model=folder)  # doctest: +SKIP
    """
    return _made("encoder", _word_tokenizer, _reader, texts, path, seed, vocab_size, hidden_size, layers)


def _made(
    name: str,
    words: Callable[[list[str], int], Any],
    network: Callable[[int, int, int, int], Any],
    texts: Iterable[str],
    path: str | Path | None,
    seed: int,
    vocab_size: int,
    hidden_size: int,
    layers: int,
) -> str:
    """Make a tokenizer and a network that fits it, save both and return their folder."""
    _check_sizes(vocab_size, hidden_size, layers)
    require("torch", "train")
    require("transformers", "train")
    folder = str(path or tempfile.mkdtemp(prefix=f"tiny-{name}-"))
    tokenizer = words(_check_texts(texts), vocab_size)
    _save(network(len(tokenizer), hidden_size, layers, seed), folder)
    tokenizer.save_pretrained(folder)
    return folder


def _word_tokenizer(texts: list[str], vocab_size: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    names = ("pad", "unk", "cls", "sep", "mask")
    marks = {f"{name}_token": f"[{name.upper()}]" for name in names}
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 - a token of text
    pieces.normalizer = normalizers.BertNormalizer(lowercase=True)
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, special_tokens=list(marks.values()), show_progress=False
    )
    pieces.train_from_iterator(texts, trainer)
    places = [(mark, pieces.token_to_id(mark)) for mark in ("[CLS]", "[SEP]")]
    pieces.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=places
    )
    return PreTrainedTokenizerFast(tokenizer_object=pieces, model_max_length=MAX_LENGTH, **marks)


def _reader(vocab_size: int, hidden_size: int, layers: int, seed: int) -> Any:
    import torch
    from transformers import AutoModel, BertConfig

    config = BertConfig(
        vocab_size=vocab_size, hidden_size=hidden_size, intermediate_size=4 * hidden_size, num_hidden_layers=layers,
        num_attention_heads=max(1, hidden_size // 16), max_position_embeddings=MAX_LENGTH, pad_token_id=0,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AutoModel.from_config(config)


def _tokenizer(texts: list[str], vocab_size: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    marks = {"pad_token": "<pad>", "eos_token": "<eos>"}
    return PreTrainedTokenizerFast(tokenizer_object=bpe, model_max_length=MAX_LENGTH, **marks)


def _network(vocab_size: int, hidden_size: int, layers: int, seed: int) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    heads = max(1, hidden_size // 16)
    config = LlamaConfig(
        vocab_size=vocab_size, hidden_size=hidden_size, intermediate_size=4 * hidden_size, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=MAX_LENGTH,
        pad_token_id=0, eos_token_id=1, bos_token_id=None, tie_word_embeddings=True,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):  # the caller's own random numbers go on as if nothing happened
        torch.manual_seed(seed)
        return AutoModelForCausalLM.from_config(config)


def _save(network: Any, folder: str) -> None:
    """Save the weights without a progress bar."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    network.save_pretrained(folder)
    if shown:
        logging.enable_progress_bar()


def _check_texts(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise InvalidInput("a tiny model needs a list of texts, and got one text: put it in a list.")
    found = list(texts)
    odd = [each for each in found if not isinstance(each, str)]
    if odd or not found:
        raise InvalidInput(
            f"a tiny model needs at least one text, and nothing but texts, got {odd[0] if odd else found!r}."
        )
    return found


def _check_sizes(vocab_size: int, hidden_size: int, layers: int) -> None:
    if vocab_size < 258:
        raise InvalidInput(
            f"vocab_size={vocab_size} is too small: 256 bytes, padding and end of text need at least 258."
        )
    if hidden_size < 8 or hidden_size % 8 or (hidden_size > 16 and hidden_size % 16):
        raise InvalidInput(f"hidden_size={hidden_size} does not fit: take 8, 16, or a larger multiple of 16.")
    if layers < 1:
        raise InvalidInput(f"layers={layers} is too few: a model has at least 1.")
