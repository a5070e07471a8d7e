"""Models of a crowd that writes: ROVER votes on every word, RASA trusts those who write what others write. Both from crowd-kit."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.aggregation.distance import tokens
from feedback_widgets.errors import require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

WIDTH = 512  # of a text as numbers


def merged(
    name: str,
    each: Numbers,
    user: Numbers,
    texts: Sequence[str],
    encoder: Callable[[str], Any] | None = None,
) -> list[str]:
    """Return one text for each record, in order.

    `rover` puts a text together, word by word, in lower case with blanks between words and marks: read it before you train
    on it. `rasa` chooses one of those that were written.

    Args:
        name: `"rover"` or `"rasa"`.
        each: each line's record, from 0.
        user: each line's annotator.
        texts: each line's text.
        encoder: a text -> its vector, for RASA; default: `encoded`.

    Raises:
        MissingExtra: crowd-kit is not installed.
    """
    models, pd = require("crowdkit.aggregation", "crowd"), require("pandas", "data")
    lines = pd.DataFrame({"task": each, "worker": user, "text": list(texts)})
    if name == "rover":
        model: Any = models.ROVER(tokens, " ".join, silent=True)
        return [str(text) for text in model.fit_predict(lines).sort_index()]
    # By hand, since the texts are wanted and not their vectors.
    vectors = [np.asarray((encoder or encoded)(text), dtype=np.float64) for text in texts]
    lines = lines.rename(columns={"text": "output"}).assign(embedding=vectors)
    found = models.RASA().fit_predict(lines)
    return [str(text) for text in found.sort_index()["output"]]


def encoded(text: str) -> NDArray[np.float64]:
    """Return a text as numbers without any model: its words, word pairs and runs of three characters, hashed, of length 1.

    >>> one, other = encoded("a red car"), encoded("the red car")
    >>> float(one @ other) > float(one @ encoded("nothing of the kind"))
    True
    """
    words = tokens(text)
    joined = f" {' '.join(words)} "
    parts = Counter(words)
    parts.update(" ".join(pair) for pair in pairwise(words))
    parts.update(joined[at : at + 3] for at in range(len(joined) - 2))
    vector = np.zeros(WIDTH)
    for part, count in parts.items():
        code = zlib.crc32(part.encode("utf-8", "surrogatepass"))
        vector[code % WIDTH] += math.sqrt(count) * (1 if code & 0x80000000 else -1)
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
