"""From LangChain: what a chain or a model was asked and said becomes records, while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss, require

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

# Keys that chains give their text under; a dict with one entry needs none of them.
ASKED, SAID = ("input", "question", "query", "prompt"), ("output", "answer", "result", "text")


def langchain_callback(dataset: FeedbackDataset, prompt: str = "prompt", response: str = "response") -> Any:
    """Return a callback for LangChain that adds a record for each prompt and what came back.

    What you start yourself is recorded: a model's call with each of its generations, or a chain with its input and output. Models,
    tools and retrievers within a chain, and calls that failed, are left out. Where a record cannot be written, LangChain logs a
    warning and the chain goes on.

    Args:
        dataset: where the records go; they are in its store at once, and its open desks show them.
        prompt: the text field, or the chat field, for what was asked.
        response: the text field for what was said.

    Raises:
        InvalidInput: the dataset has no such fields, or they are of another type.
        MissingExtra: langchain-core is not installed.

    Example:
        >>> callback = fw.langchain_callback(dataset)  # doctest: +SKIP
        >>> chain.invoke({"input": "Is a toad a frog?"}, config={"callbacks": [callback]})  # doctest: +SKIP
    """
    fields = {each.name: each.type for each in dataset.fields}
    for name, types in ((prompt, ("text", "chat")), (response, ("text",))):
        if name not in fields:
            raise InvalidInput(
                f"the dataset has no field {name!r}; it has {', '.join(fields)}.{near_miss(name, fields)}"
            )
        if fields[name] not in types:
            raise InvalidInput(
                f"field {name!r} is of type {fields[name]}: take a field of type {' or '.join(types)}."
            )
    handler = require("langchain_core.callbacks", "langchain").BaseCallbackHandler
    return type("FeedbackCallback", (_Recording, handler), {})(
        dataset, prompt, response, fields[prompt] == "chat"
    )


class _Recording:
    """What LangChain calls. A run is what has an id; one without a parent was started by the user."""

    def __init__(self, dataset: FeedbackDataset, prompt: str, response: str, chat: bool) -> None:
        self.dataset, self._prompt, self._response, self._chat = dataset, prompt, response, chat
        self._asked: dict[Any, list[Any]] = {}  # run -> what was asked, one for each prompt of a batch

    def on_llm_start(
        self, _serialized: Any, prompts: list[str], *, run_id: Any, parent_run_id: Any = None, **_more: Any
    ) -> None:
        if parent_run_id is None:
            self._asked[run_id] = list(prompts)

    def on_chat_model_start(
        self, _serialized: Any, messages: list[Any], *, run_id: Any, parent_run_id: Any = None, **_more: Any
    ) -> None:
        if parent_run_id is None:
            self._asked[run_id] = list(messages)

    def on_llm_end(self, response: Any, *, run_id: Any, **_more: Any) -> None:
        asked = self._asked.pop(run_id, [])
        said = zip(asked, response.generations, strict=False)
        self._add([(one, each.text) for one, generations in said for each in generations])

    def on_chain_start(
        self, _serialized: Any, inputs: Any, *, run_id: Any, parent_run_id: Any = None, **_more: Any
    ) -> None:
        if parent_run_id is None:
            self._asked[run_id] = [_picked(inputs, ASKED)]

    def on_chain_end(self, outputs: Any, *, run_id: Any, **_more: Any) -> None:
        self._add([(asked, _picked(outputs, SAID)) for asked in self._asked.pop(run_id, [])])

    def on_llm_error(self, _error: BaseException, *, run_id: Any, **_more: Any) -> None:
        self._asked.pop(run_id, None)

    def on_chain_error(self, _error: BaseException, *, run_id: Any, **_more: Any) -> None:
        self._asked.pop(run_id, None)

    def _add(self, pairs: list[tuple[Any, Any]]) -> None:
        rows = [
            {self._prompt: _messages(asked) if self._chat else _text(asked), self._response: _text(said)}
            for asked, said in pairs
        ]
        whole = [row for row in rows if row[self._prompt] and row[self._response]]
        if whole:
            self.dataset.add_records([{"fields": row} for row in whole])


def _picked(given: Any, names: tuple[str, ...]) -> Any:
    """Return the entry of a chain's input or output that holds its text."""
    if not isinstance(given, dict):
        return given
    found = next((given[name] for name in names if name in given), None)
    return next(iter(given.values())) if found is None and len(given) == 1 else found


def _messages(given: Any) -> list[dict[str, str]]:
    """Return messages as a chat field takes them."""
    if hasattr(given, "to_messages"):
        given = given.to_messages()
    if isinstance(given, list):
        return [{"role": _role(each), "content": _text(each)} for each in given if _text(each)]
    return [{"role": "user", "content": _text(given)}] if _text(given) else []


def _role(message: Any) -> str:
    kind = getattr(message, "type", "human")
    return {"human": "user", "ai": "assistant"}.get(kind, kind)


def _text(given: Any) -> str:
    """Return the text of a text, a message, or several messages; "" where there is none."""
    if isinstance(given, str):
        return given.strip()
    if hasattr(given, "to_messages"):
        given = given.to_messages()
    if isinstance(given, list):
        if len(given) == 1:
            return _text(given[0])
        return "\n".join(f"{_role(each)}: {_text(each)}" for each in given if _text(each))
    content = getattr(given, "content", None)
    if isinstance(content, list):
        parts = [each if isinstance(each, str) else each.get("text", "") for each in content]
        return "".join(parts).strip()
    return content.strip() if isinstance(content, str) else ""
