"""LangChain's callback: what was asked and said becomes records, once, and only what the user started."""

import pytest

import feedback_widgets as fw

core = pytest.importorskip("langchain_core", reason="the langchain extra is not installed")


def dataset(prompt=fw.TextField):
    return fw.FeedbackDataset(
        fields=[prompt(name="prompt"), fw.TextField(name="response")],
        questions=[fw.RatingQuestion(name="quality", values=[1, 2, 3])],
    )


@pytest.fixture
def chat():
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    return FakeListChatModel(responses=["Yes.", "No."])


@pytest.fixture
def llm():
    from langchain_core.language_models import FakeListLLM

    return FakeListLLM(responses=["Yes.", "No."])


def told(records):
    return [(each.fields["prompt"], each.fields["response"]) for each in records]


def heard(records):
    return {"callbacks": [fw.langchain_callback(records)]}


def test_a_models_calls_are_recorded(llm, chat):
    """Each prompt of a language or chat model gives a record with its answer; asked and answered alike gives none twice."""
    records = dataset()
    config = heard(records)
    llm.generate(["One?", "Two?"], callbacks=config["callbacks"])
    chat.invoke("Three?", config)
    assert told(records) == [("One?", "Yes."), ("Two?", "No."), ("Three?", "Yes.")]
    chat.invoke("Other?", config)
    chat.invoke("Three?", config)
    assert len(records) == 4


def test_a_chain_is_recorded_as_a_whole(chat):
    """A chain gives one record of its input and output; the prompt and the model within it give none."""
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate

    records = dataset()
    chain = ChatPromptTemplate.from_template("Be brief: {input}") | chat | StrOutputParser()
    chain.invoke({"input": "Is a toad a frog?"}, heard(records))
    assert told(records) == [("Is a toad a frog?", "Yes.")]


def test_a_chains_message_is_its_text(chat):
    """Where a chain ends with a message, its content is the response; an input of several parts is taken by its usual name."""
    from langchain_core.prompts import ChatPromptTemplate

    records = dataset()
    chain = ChatPromptTemplate.from_template("{context}: {question}") | chat
    chain.invoke({"context": "Zoo", "question": "Is a toad a frog?"}, heard(records))
    assert told(records) == [("Is a toad a frog?", "Yes.")]


def test_a_chat_field_gets_the_messages(chat):
    """Roles and contents come as a chat field takes them; in a text field they stand on lines of their own."""
    talk = [("system", "Be brief."), ("human", "Hi"), ("ai", "Hello."), ("human", "Well?")]
    records, plain = dataset(fw.ChatField), dataset()
    chat.invoke(talk, {"callbacks": [fw.langchain_callback(records), fw.langchain_callback(plain)]})
    assert [each["role"] for each in records[0].fields["prompt"]] == ["system", "user", "assistant", "user"]
    assert records[0].fields["prompt"][3]["content"] == "Well?"
    assert plain[0].fields["prompt"].splitlines()[::3] == ["system: Be brief.", "user: Well?"]


def test_what_failed_is_left_out(chat):
    """A call that raises gives no record, and leaves nothing behind."""
    from langchain_core.runnables import RunnableLambda

    def fail(_):
        raise RuntimeError("no")

    records = dataset()
    callback = fw.langchain_callback(records)
    with pytest.raises(RuntimeError):
        (chat | RunnableLambda(fail)).invoke("Hi", {"callbacks": [callback]})
    assert len(records) == 0
    assert callback._asked == {}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            {"prompt": "promt"},
            "has no field 'promt'; it has prompt, response, picture. Did you mean 'prompt'",
        ),
        ({"response": "picture"}, "field 'picture' is of type image: take a field of type text"),
    ],
)
def test_fields_that_do_not_fit_are_refused(names, said):
    """The callback is checked when it is made, not when the first answer is lost."""
    made = fw.FeedbackDataset(
        fields=[
            fw.TextField(name="prompt"),
            fw.TextField(name="response"),
            fw.ImageField(name="picture", required=False),
        ],
        questions=[fw.TextQuestion(name="note")],
    )
    with pytest.raises(fw.InvalidInput, match=said):
        fw.langchain_callback(made, **names)
