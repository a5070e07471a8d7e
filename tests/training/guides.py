"""The guides' own cells, cut out by their first and last words, and small datasets of the kind that they are about.

The guides lie outside this repository, in `$FEEDBACK_WIDGETS_SHARED/reference/seeds` or beside the checkout. A few have slips
of the pen, which are mended by `FIXES`.
"""

import os
import re
from pathlib import Path

import feedback_widgets as fw

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
SEEDS = SHARED / "reference" / "seeds"

# Slips in the guides -> what was meant.
FIXES = {
    '"response 1": responses[0], "response 2": responses[1]': '"response-1": responses[0], "response-2": responses[1]',
    'f"response {preferred_index}"': 'f"response-{preferred_index}"',
    'f"response {less_preferred_index}"': 'f"response-{less_preferred_index}"',
    "for record in dataset\n": "for record in prompts\n",
}


def cell(seed, first, last, *, nth=0):
    """Cut the cell out of a guide that begins with `first` (its nth occurrence) and ends with `last`."""
    text = next(SEEDS.glob(f"{seed}_*.txt")).read_text("utf-8")
    start = [match.start() for match in re.finditer(re.escape(first), text)][nth]
    code = text[start : text.index(last, start) + len(last)]
    code = re.sub(r"from argilla\.feedback import", "from feedback_widgets import", code)
    code = code.replace("import argilla as rg", "import feedback_widgets as rg")
    for slip, meant in FIXES.items():
        code = code.replace(slip, meant)
    return code


def unfolded(code):
    """Give a cell of the blog, which has lost its line breaks, its breaks back."""
    code = re.sub(r"\s{4,}", " ", code)
    return re.sub(r"(?<=[\])g])(?=(questions|fields|dataset|records) ?=)", "\n", code)


def dolly():
    """Four curated records: unchanged, changed, by two people, and discarded."""
    names = ["instruction", "context", "response"]
    dataset = fw.FeedbackDataset(
        fields=[
            fw.TextField(name="category"),
            *(fw.TextField(name=f"original-{each}", required=each != "context") for each in names),
        ],
        questions=[fw.TextQuestion(name=f"new-{each}", required=each != "context") for each in names],
    )
    olds = [("Is a toad a frog?", "Toads are frogs.[1]", f"Old {at}.") for at in range(4)]
    dataset.add_records(
        [
            {"category": "qa", **{f"original-{name}": text for name, text in zip(names, old, strict=True)}}
            for old in olds
        ]
    )
    new = [("Old 0.", "Toads are frogs.[1]"), ("Yes.", "Toads are frogs."), ("Yes.", ""), ("Rubbish.", "")]
    for at, (response, context) in enumerate(new):
        values = {"new-instruction": olds[at][0], "new-context": context, "new-response": response}
        status = "discarded" if at == 3 else "submitted"
        dataset.respond(dataset[at].id, values, user="alice", status=status)
    values = {"new-instruction": "Toad?", "new-context": "c", "new-response": "It is."}
    dataset.respond(dataset[2].id, values, user="bob")
    return dataset


def emotion():
    dataset = fw.FeedbackDataset.for_text_classification(labels=["joy", "anger"])
    dataset.add_records([{"text": "Great!"}, {"text": "Grr."}, {"text": "?"}])
    for user, said in (("alice", "joy"), ("bob", "joy"), ("carol", "anger")):
        dataset.respond(dataset[0].id, {"label": said}, user=user)
    dataset.respond(dataset[1].id, {"label": "anger"}, user="alice")
    return dataset


def run(code, room):
    exec(compile(code, "cell", "exec"), room)
    return room
