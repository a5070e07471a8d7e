"""Every kind of question passes axe in a real browser, in light, in dark and in forced colours, where contrast counts too."""

from __future__ import annotations

import pytest
from looks import AXE, DARK, LIGHT, RUN, set_theme, three_looks

from cells import SHOW
from desk_page import DeskPage
from feedback_widgets.questions import Question

pytestmark = pytest.mark.one_page

# Words in forced colours that are not in one of the reader's own: axe cannot tell where a ground is partly see-through.
FADED = """(root) => {
  const probe = document.body.appendChild(document.createElement('span'));
  const ours = ['CanvasText', 'Highlight', 'ButtonText', 'GrayText', 'LinkText', 'FieldText'].map((name) => {
    probe.style.color = name;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const { parentElement, textContent } = words.currentNode;
    if (!textContent.trim() || !parentElement.checkVisibility() || parentElement.closest('.fw-primary')) continue;
    for (const part of [null, '::after', '::before']) {
      const { color, content } = getComputedStyle(parentElement, part);
      if (part && ['none', 'normal', '""'].includes(content)) continue;
      if (!ours.includes(color)) found.push(`${parentElement.className}${part ?? ''} ${textContent.slice(0, 40)}: ${color}`);
    }
  }
  return found;
}"""
LONG = "A long description with **markdown**, which waits behind a question mark until somebody asks. " * 3
# One question of every type; a test holds the names against the registry.
QUESTIONS = {
    "label_selection": f"fw.LabelQuestion(name='q', labels=[f'label {{i}}' for i in range(40)], visible_labels=5, description={LONG!r})",
    "multi_label_selection": "fw.MultiLabelQuestion(name='q', labels=['food', 'travel', 'money'], description='Short.')",
    "rating": "fw.RatingQuestion(name='q', values=[1, 2, 3], labels={1: 'bad', 3: 'good'})",
    "ranking": "fw.RankingQuestion(name='q', values=['first', 'second', 'third'])",
    "span": "fw.SpanQuestion(name='q', field='text', labels=['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], allow_overlapping=True)",
    "pairwise": "fw.PairwiseQuestion(name='q', fields=['one', 'two'], scale=3)",
    "text": "fw.TextQuestion(name='q', use_markdown=True, prefill=True, diff_with='one')",
}
# What brings the question into a state with more to look at.
KEYS = {
    "label_selection": ["3", "l"],
    "multi_label_selection": ["1", "3"],
    "ranking": ["2", "=", "1"],
    "span": [
        "Shift+Enter",
        *[key for number in "12345678" for key in (number, "ArrowRight")],
        "Shift+ArrowRight",
        "1",
    ],
    "pairwise": ["6", "d"],
    "text": ["d", "Shift+Enter", "x", "Escape"],
}

MANY = """
import feedback_widgets as fw
questions = [fw.LabelQuestion(name="tone", title="Tone", labels=["polite", "rude"]),
             fw.RatingQuestion(name="worth", title="Worth", values=[1, 2, 3])]
ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=questions)
ds.add_records([{"fields": {"text": text}, "suggestions": [{"question_name": "tone", "value": "polite", "score": 0.9, "agent": "m"}]}
                for text in ("Please pass the salt.", "Give me the salt.")])
ds.save("many", store="many.db")
"""


def test_every_type_is_looked_at():
    """A new type of question is examined too."""
    assert set(QUESTIONS) == set(Question.kinds)


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
def test_axe_finds_nothing_against_a_question(notebook, kind):
    """Roles, names and contrast hold, answered and unanswered, in both themes, each in light and dark forced colours too."""
    cell = f"""
import feedback_widgets as fw
fields = [fw.TextField(name=name) for name in ("text", "one", "two")]
ds = fw.FeedbackDataset(fields=fields, questions=[{QUESTIONS[kind]}, fw.TextQuestion(name="rest")])
ds.add_records([{{"text": "Ada wrote to Charles Babbage from London.", "one": "A quick fox.", "two": "A slow fox."}}])
"""
    book = notebook([cell, SHOW])
    desk = DeskPage(book).ready()
    book.page.add_script_tag(path=str(AXE))
    found = {}
    for theme, answered in ((LIGHT, False), (LIGHT, True), (DARK, True)):
        if answered and theme == LIGHT:
            desk.root.focus()
            desk.press(*KEYS.get(kind, []))
            if kind == "label_selection":
                desk.part("help").click()
        set_theme(book.page, theme)
        book.page.wait_for_timeout(700)  # Lab fades its themes in
        for scheme, forced in ((None, None), ("light", "active"), ("dark", "active")):
            book.page.emulate_media(color_scheme=scheme, forced_colors=forced)
            found[theme, answered, scheme, forced] = desk.root.evaluate(RUN)
            if forced:
                found[theme, answered, scheme, "legible"] = desk.root.evaluate(FADED)
    book.page.emulate_media(color_scheme=None, forced_colors=None)
    set_theme(book.page, LIGHT)  # the server remembers it for the tests to come
    assert len(found) == 15
    assert {where: problems for where, problems in found.items() if problems} == {}


def test_axe_finds_nothing_against_finding_and_many_at_once(notebook):
    """Search, many at once and the sheet of keys hold in light, in dark and in forced colours."""
    book = notebook([MANY, SHOW])
    desk = DeskPage(book).ready()
    book.page.add_script_tag(path=str(AXE))
    found = {}
    for look in three_looks(book.page):
        for name, opening, closing in (
            ("record", [], []),
            ("keys", ["?"], ["Escape"]),
            ("many", ["b"], ["b"]),
        ):
            desk.root.focus()
            desk.press(*opening)
            book.page.wait_for_timeout(400)
            found[f"{name}, {look}"] = desk.root.evaluate(RUN)
            if closing:
                desk.press(*closing)
        desk.root.focus()
        desk.press("/").part("find").wait_for()
        found[f"find, {look}"] = desk.root.evaluate(RUN)
        desk.part("find-close").click()
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_the_whole_task_is_done_by_keyboard_and_told(notebook):
    """From the first key to the last record: roles, names and states are in the accessibility tree, changes in live regions."""
    book = notebook([MANY, SHOW])
    desk = DeskPage(book).ready()
    tree = desk.root.aria_snapshot()
    for told in (
        'heading "Tone" [level=3]',
        'radiogroup "Tone"',
        'radio "polite suggested"',  # what CSS draws is told too
        'separator "Width of the record"',
        'button "Submit"',
        "status: Saved ✓",
    ):
        assert told in tree, told
    desk.press("Enter")
    assert desk.part("notice").get_attribute("aria-live") == "polite"
    assert desk.part("notice").inner_text() == "“Tone”: choose an option."
    desk.press("1")
    assert 'radio "polite suggested" [checked]' in desk.root.aria_snapshot()
    desk.press("3", "Enter").at(1)
    desk.press("2", "1", "Enter").saved()
    desk.part("done").wait_for()
    tree = desk.root.aria_snapshot()
    assert 'heading "All done, thank you" [level=3]' in tree
    assert "2 of 2 submitted" in tree


def test_the_line_between_the_panes_is_moved_by_keys(notebook):
    """Arrow keys move it, without going to another record, and Home puts it back."""
    book = notebook([MANY, SHOW])
    desk = DeskPage(book).ready()
    before = desk.part("record").bounding_box()["width"]
    desk.part("splitter").focus()
    desk.press("ArrowLeft", "ArrowLeft")
    assert desk.part("record").bounding_box()["width"] < before - 20
    assert desk.index == 0
    desk.press("Home")
    assert abs(desk.part("record").bounding_box()["width"] - before) < 2


def test_the_desk_speaks_the_language_it_is_asked_for(notebook):
    """`annotate(language=…)` fetches the texts through the kernel; what a record holds stays as it is."""
    book = notebook([MANY, 'desk = ds.annotate(user="alice", language="de")\ndesk'])
    desk = DeskPage(book).ready()
    desk.root.get_by_role("button", name="Abgeben").wait_for()
    assert desk.root.get_attribute("lang") == "de"
    assert "Please pass the salt." in desk.part("record").inner_text()
