"""The words of a text, folded so that case and accents do not count, and the language that people search them with.

Words are found here and not by the databases, so that both engines find the same: a word is a run of letters and digits;
scripts that put no blanks between words (Chinese, Japanese, Thai, …) and emoji are cut into single characters, and a query
in them is a phrase of characters, so that any part of a sentence is found.

>>> words("Crème brûlée, 2 — 東京!")
['creme', 'brulee', '2', '東', '京']
>>> parse('refund -spam title:"big red" OR pre*')
[[Term(words=('refund',))], [Term(words=('spam',), negative=True)],
 [Term(words=('big', 'red'), field='title'), Term(words=('pre',), prefix=True)]]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache

from feedback_widgets.errors import InvalidInput

LONGEST = 64  # characters of a word that count: databases limit what they keep of one
MOST = 64  # words in one query
# Accents, and the vowel signs that Hebrew and Arabic readers leave out, and how an emoji is drawn.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\ufe0e\ufe0f]"
)
# Written without blanks: Thai, Lao, Myanmar, Khmer, kana, Han; and emoji.
_SINGLE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2600-\u27bf\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SINGLE += "\U0001f000-\U0001faff\U00020000-\U0003ffff"
_ASCII = re.compile("[a-z0-9]+")
_PIECE = re.compile(
    r'(?P<not>(?<!\S)-)?(?:(?P<field>[a-z0-9_-]+):(?=\S))?(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))(?P<star>\*)?'
)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a folded word looks like, and what holds one in a text as it is written."""
    signs = "".join(
        chr(code) for code in range(0x300, 0x3100) if unicodedata.category(chr(code)).startswith("M")
    )
    signs = re.escape(signs) + "\ufe00-\ufe0f\ufe20-\ufe2f\u200d"
    word = rf"[{_SINGLE}][{signs}]*|(?:(?![{_SINGLE}])[^\W_])(?:(?![{_SINGLE}])[^\W_]|[{signs}])*"
    return re.compile(word), re.compile(word + rf"|[^\s\x00-\x7f][{signs}]*")


def fold(text: str) -> str:
    """Return the text without what does not count: case, accents, and the width or shape of a letter."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return _ACCENTS.sub("", unicodedata.normalize("NFKC", bare))


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    folded = fold(text)
    if folded.isascii():
        return [each[:LONGEST] for each in _ASCII.findall(folded)]
    return [each[:LONGEST] for each in _patterns()[0].findall(folded)]


def placed(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word with where it stands in the text as it is written: (word, start, end), in code points, end exclusive."""
    for found in _patterns()[1].finditer(text):
        for each in words(found.group()):
            yield each, found.start(), found.end()


@dataclass(frozen=True, slots=True, repr=False)
class Term:
    """One thing to find: a word, or several that stand side by side.

    Args:
        words: folded words.
        prefix: the last word may go on.
        negative: records that hold it are left out.
        field: the one field to look in, or None for all.
    """

    words: tuple[str, ...]
    prefix: bool = False
    negative: bool = False
    field: str | None = None

    def __repr__(self) -> str:
        said = [f"{each.name}={value!r}" for each in fields(self) if (value := getattr(self, each.name))]
        return f"Term({', '.join(said)})"

    @property
    def mark(self) -> str:
        """What to highlight: `big red`, `pre*`."""
        return " ".join(self.words) + ("*" if self.prefix else "")

    def __call__(self, found: Sequence[str], at: int) -> bool:
        """Tell whether the words of a text, from place `at` on, are this term."""
        here = found[at : at + len(self.words)]
        *head, last = self.words
        if len(here) < len(self.words) or list(here[:-1]) != head:
            return False
        return here[-1].startswith(last) if self.prefix else here[-1] == last


def parse(text: str, known: Collection[str] | None = None) -> list[list[Term]]:
    """Read what somebody typed into a search bar. Anything can be read; what holds no word asks for nothing.

    Words are wanted all; `a OR b` wants one of the two, `"a b"` side by side, `a*` whatever begins so, `-a` is left out,
    `title:a` looks in one field. Several words without a blank (`e-mail`, `12:30`) stand side by side.

    Args:
        text: what was typed.
        known: field names; anything else before a colon is a word. None: every name counts as a field.

    Returns:
        Groups that must all match; of a group, one term is enough.

    Raises:
        InvalidInput: more words than one query takes.
    """
    groups: list[list[Term]] = []
    joined = False
    for found in _PIECE.finditer(text):
        if found["plain"] == "OR" and not found["field"] and not found["not"]:
            joined = bool(groups)
            continue
        term = _term(found, known)
        if term is None:
            continue
        if joined:
            groups[-1].append(term)
        else:
            groups.append([term])
        joined = False
    count = sum(len(term.words) for group in groups for term in group)
    if count > MOST:
        raise InvalidInput(f"the search text holds {count} words, and a search takes {MOST}: leave some out")
    return groups


def _term(found: re.Match[str], known: Collection[str] | None) -> Term | None:
    field, phrase, plain = found["field"], found["phrase"], found["plain"] or ""
    lead = ""
    if field and known is not None and field not in known:
        lead, field = f"{field} ", None
    inside = tuple(words(lead + (phrase if phrase is not None else plain)))
    if not inside:
        return None
    # The star of a plain word is read with it.
    star = bool(found["star"]) if phrase is not None else plain.endswith("*")
    return Term(inside, star, bool(found["not"]), field)


def matches(
    groups: Sequence[Sequence[Term]], texts: dict[str, list[str]], scope: Collection[str] | None = None
) -> bool:
    """Tell whether a record matches: the plain meaning of a query, which the databases are tested against.

    Args:
        groups: what `parse` returned.
        texts: field name -> its words.
        scope: the fields to look in, where a term names none; None for all.
    """

    def holds(term: Term) -> bool:
        wanted = {term.field} if term.field else set(texts if scope is None else scope)
        there = any(
            term(found, at) for name, found in texts.items() if name in wanted for at in range(len(found))
        )
        return there != term.negative

    return all(any(holds(term) for term in group) for group in groups)


def spans(groups: Sequence[Sequence[Term]], text: str, field: str | None = None) -> list[tuple[int, int]]:
    """Return where a text holds what was searched: (start, end) in code points, end exclusive, in order, none overlapping.

    >>> spans(parse('big "red car" pre*'), "A BIG red car, pretty.")
    [(2, 5), (6, 13), (15, 21)]
    """
    found = list(placed(text))
    plain = [each[0] for each in found]
    hits: list[tuple[int, int]] = []
    wanted = [term for group in groups for term in group if not term.negative and term.field in (None, field)]
    for at in range(len(found)):
        ends = [found[at + len(term.words) - 1][2] for term in wanted if term(plain, at)]
        if ends:
            hits.append((found[at][1], max(ends)))
    merged: list[tuple[int, int]] = []
    for start, end in hits:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
