"""One file per training library; the file's name is the framework's name.

A framework file offers these functions, and imports its library only inside them:
    `check_task(task)`: raise `InvalidInput` when the library has no such task.
    `read_setting(task, name, value)`: the setting under the library's own name, or `InvalidInput` with the nearest ones.
    `default_of(task, name)`: the library's own default of a setting.
    `build(task, model, tokenizer, train, test, folder, settings)`: the library's native trainer, ready to train.
    `load(task, model, tokenizer)`: a model and its tokenizer, to predict without training.
    `predict(task, model, tokenizer, texts, **options)`: one result per text.
    `warn_about(native)`: say what looks like a training that taught nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from feedback_widgets.errors import InvalidInput, near_miss


def available() -> list[str]:
    """Return the names of the frameworks: the files in this folder."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """Import `frameworks/<name>.py`; this imports our file, not yet the library behind it."""
    known = available()
    if name not in known:
        raise InvalidInput(
            f"there is no framework {name!r}; there is {', '.join(known)}.{near_miss(name, known)}"
        )
    return importlib.import_module(f"{__name__}.{name}")
