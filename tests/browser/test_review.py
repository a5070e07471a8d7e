"""Three people, three kernels, one store: two label, a third reviews, all of them by keyboard."""

from __future__ import annotations

from pathlib import Path

from looks import AXE, RUN, three_looks
from review_pictures import DATASET as COMPLAINTS
from review_pictures import SHOW as REVIEW_COMPLAINTS

from desk_page import DeskPage
from lab import until

HERE = """
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="text")],
    questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude", "flat"])],
)
ds.add_records([{"text": text} for text in ("Thanks!", "Hm.", "Fine.")])
ds.save("team", store="store.db")
"""


ANSWERED = """
for user, tone in {"ann": "polite", "bob": "rude"}.items():
    for record in ds:
        ds.respond(record.id, {"tone": tone}, user=user)
"""
HISTORY = "[{'status': each.status} for each in ds.history(ds[0]) if each.seq is None]"


def there(folder: Path) -> str:
    """Return a cell that opens the dataset of another notebook's folder."""
    return f"import feedback_widgets as fw\nds = fw.FeedbackDataset.load('team', store={str(folder / 'store.db')!r})"


def answers(kernel, record):
    """Return what everybody says of a record in a kernel: annotator -> status and tone."""
    return kernel.eval(
        f"{{each.user_id: [each.status, each.values['tone'].value] for each in ds[{record}].responses}}"
    )


def test_two_label_a_third_reviews_and_what_was_decided_counts(notebook):
    """Disputed records come first; an adopted, a decided and a sent back answer reach every kernel, and overwrite nobody."""
    ann = notebook([HERE, "desk = ds.annotate(user='ann')\ndesk"])
    bob = notebook([there(ann.folder), "desk = ds.annotate(user='bob')\ndesk"])
    DeskPage(ann).ready().press("1").at(1).press("2").at(2).press("3").saved()
    DeskPage(bob).ready().press("1").at(1).press("ArrowUp", "1").at(2).press("2").saved()

    rita = notebook([there(ann.folder), "desk = ds.review(user='rita')\ndesk"])
    desk = DeskPage(rita).ready()
    ids = ann.kernel.eval("[each.id for each in ds]")
    assert desk.record == ids[1]
    assert desk.part("progress").inner_text() == "0 of 3 decided · 2 in dispute"
    desk.press("2")  # bob is right
    until(lambda: desk.record == ids[2], "the other disputed record is on show")
    desk.press("e", "1", "Enter")  # nobody is
    until(lambda: desk.record == ids[0], "the record about which all agree is on show")
    desk.press("s", "1").type("Say why").press("Control+Enter")
    desk.part("done").wait_for()
    desk.saved()

    until(
        lambda: ann.kernel.eval("ds.adjudicated('tone')") == {ids[1]: "polite", ids[2]: "polite"},
        "ann's kernel hears",
    )
    assert answers(ann.kernel, 1) == {"ann": ["submitted", "rude"], "bob": ["submitted", "polite"]}
    assert answers(ann.kernel, 2) == {"ann": ["submitted", "flat"], "bob": ["submitted", "rude"]}
    found = bob.kernel.eval(
        "dict(zip(*[list(ds.aggregate('tone')[each]) for each in ('record_id', 'value')]))"
    )
    assert (found[ids[1]], found[ids[2]]) == ("polite", "polite")
    task = "fw.TrainingTask.for_text_classification(text='text', label='tone')"
    rows = f"{{each['text']: str(each['label']) for each in ds.prepare_for_training(framework='setfit', task={task})}}"
    learned = bob.kernel.eval(rows)
    assert set(learned) == {"Thanks!", "Hm.", "Fine."}
    assert len(set(learned.values())) == 1  # all of them polite, as decided

    page = DeskPage(ann)
    until(lambda: page.part("record").count() and page.record == ids[0], "the record is ann's again")
    assert "Say why" in page.root.inner_text()
    page.root.focus()
    page.press("2").saved()
    until(
        lambda: desk.part("record").count() and desk.record == ids[0], "the reviewer hears of the new answer"
    )
    assert desk.part("answer").first.inner_text().startswith("ann")
    assert [each["status"] for each in rita.kernel.eval(HISTORY)] == ["sent_back"]


def test_a_decision_outlives_the_kernel_it_was_told_to_and_its_page(notebook):
    """The kernel hears a decision no more, the page is loaded again, the cells are run again: the decision is written, once."""
    book = notebook([HERE, ANSWERED, "desk = ds.review(user='rita')\ndesk"])
    desk = DeskPage(book).ready()
    first = desk.record
    book.save()
    book.restart_kernel()
    desk.root.focus()
    desk.press("1")
    until(lambda: desk.badge != "saved", "the decision is on its way")
    book.load()
    book.run_all()
    again = DeskPage(book).ready()
    until(lambda: again.record != first, "the next record is on show")
    again.saved()
    assert book.kernel.eval("[ds.adjudicated('tone'), len(ds._reviews.records())]") == [{first: "polite"}, 1]


def test_axe_finds_nothing_against_the_review_desk(notebook):
    """Answers, one's own decision, words to an annotator and the sheet hold in light, in dark and in forced colours."""
    book = notebook([COMPLAINTS, REVIEW_COMPLAINTS])
    desk = DeskPage(book).ready()
    book.page.add_script_tag(path=str(AXE))
    found = {}
    for look in three_looks(book.page):
        for name, opening, closing in (
            ("answers", [], []),
            ("own", ["e", "2"], ["Escape"]),
            ("sending", ["s", "1"], ["Escape"]),
            ("keys", ["?"], ["Escape"]),
        ):
            desk.root.focus()
            desk.press(*opening)
            book.page.wait_for_timeout(300)
            found[f"{name}, {look}"] = desk.root.evaluate(RUN)
            desk.press(*closing)
    assert {name: problems for name, problems in found.items() if problems} == {}
