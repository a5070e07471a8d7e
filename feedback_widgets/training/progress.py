"""Training that prints plain lines: no bars, no HTML, the same in a notebook, a terminal and a log file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from feedback_widgets.errors import FeedbackError, require

# Shown beside the loss, where the library logs them.
SHOWN = (
    "loss",
    "accuracy",
    "margin",
    "rewards/accuracies",
    "rewards/margins",
    "mean_token_accuracy",
    "reward",
    "kl",
    "subset_accuracy",
    "macro_f1",
    "span_f1",
    "char_f1",
    "exact_match",
    "word_f1",
)


def say(text: str) -> None:
    """Print one line at once, also where output is piped."""
    print(text, flush=True)  # noqa: T201 - the one place that prints: progress is its product


def line(step: int, steps: int, logs: dict[str, Any]) -> str:
    """Put one log into words.

    >>> line(10, 80, {"loss": 0.6931, "grad_norm": 1.2})
    'step 10/80  loss 0.693'
    """
    start = "held-out" if any(name.startswith("eval_") for name in logs) else f"step {step}/{steps}"
    found = {name: logs.get(name, logs.get(f"eval_{name}")) for name in SHOWN}
    return "  ".join([start, *(f"{name} {value:.3f}" for name, value in found.items() if value is not None)])


def plain_callback() -> Any:
    """Return a `transformers` callback that prints one line per log."""
    from transformers import TrainerCallback

    class PlainProgress(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_log(self, _args: Any, state: Any, _control: Any, **_logs: Any) -> None:
            # The logs handed over may hold formatted strings; the history holds the numbers.
            latest = state.log_history[-1] if state.log_history else {}
            if state.is_world_process_zero and ("loss" in latest or "eval_loss" in latest):
                say(line(state.global_step, state.max_steps, latest))

    return PlainProgress()


def check_loss(loss: float, step: int, learning_rate: float) -> None:
    """Stop a training that computes nothing any more: `FeedbackError` where the loss is no finite number."""
    if not math.isfinite(loss):
        raise FeedbackError(
            f"the loss is {loss} at step {step}, so this training was stopped and nothing was saved: "
            f"lower learning_rate (it is {learning_rate:g})."
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Hide the bars and start-up notes of `datasets` and `transformers`, and restore them afterwards."""
    require("torch", "train")
    datasets, logging = require("datasets", "train"), require("transformers.utils.logging", "train")
    rows_hidden, bars_shown = datasets.are_progress_bars_disabled(), logging.is_progress_bar_enabled()
    level = logging.get_verbosity()
    datasets.disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            # TRL still uses the old name of this setting; that is not the user's to change.
            warnings.filterwarnings("ignore", ".*gradient_checkpointing. is deprecated", FutureWarning)
            yield
    finally:
        logging.set_verbosity(level)
        if bars_shown:
            logging.enable_progress_bar()
        if not rows_hidden:
            datasets.enable_progress_bars()
