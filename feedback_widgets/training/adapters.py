"""LoRA and its kin: settings that fit the model, and adapters as models to start from."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.progress import say


def is_adapter(model: Any) -> bool:
    """Tell whether a folder holds an adapter and not a whole model."""
    return isinstance(model, str | Path) and (Path(model) / "adapter_config.json").is_file()


def merged(model: str | Path, folder: Path) -> str:
    """Put an adapter into the weights of its base, save the whole in `folder` and return its path.

    Trained as it is, a saved adapter would stay frozen and learn nothing, and a reference model would be read without it.
    """
    transformers, peft = require("transformers", "train"), require("peft", "train")
    settings = json.loads((Path(model) / "adapter_config.json").read_text("utf-8"))
    scores = settings.get("task_type") == "SEQ_CLS"
    loader = transformers.AutoModelForSequenceClassification if scores else transformers.AutoModelForCausalLM
    base = settings["base_model_name_or_path"]
    try:
        network = loader.from_pretrained(base, **({"num_labels": 1} if scores else {}))
    except OSError as error:
        raise InvalidInput(
            f"{str(model)!r} is an adapter, and its base model {base!r} cannot be read: put it there, or give a whole model."
        ) from error
    target = str(folder / "start")
    peft.PeftModel.from_pretrained(network, str(model)).merge_and_unload().save_pretrained(target)
    say(f"the adapter in {model} was put into its base model, and training starts from the whole")
    return target


def fitting(config: Any, *, scores: bool) -> Any:
    """Return a `peft_config` for a model that writes, or for one that scores, whose new head is then trained and saved.

    The user's own object stays as it is.

    Raises:
        InvalidInput: it is no config of PEFT's.
    """
    if not hasattr(config, "task_type"):
        raise InvalidInput(f"peft_config={config!r} is none of PEFT's: give such as peft.LoraConfig(r=8).")
    wanted, own = "SEQ_CLS" if scores else "CAUSAL_LM", config.task_type
    if own == wanted:
        return config
    if own is not None:
        say(
            f"peft_config: task_type={wanted!r} is used, since {str(getattr(own, 'value', own))!r} is for other models"
        )
    found = copy.copy(config)
    found.task_type = wanted
    return found
