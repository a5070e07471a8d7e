"""Fine-tuning at a service: what goes up, what comes back, and what is said when it goes wrong. Over real HTTP."""

import json
import sys
import threading
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.training.runs import Cancelled
from feedback_widgets.training.service import Job

sys.path.append(str(Path(__file__).parent))
from stand_in import StandIn

Task = fw.TrainingTask
PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    """Nobody's own key goes into these tests."""
    pytest.importorskip("openai", reason="the openai extra is not installed")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def service():
    """A stand-in service."""
    server = StandIn()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tones():
    """Twenty texts with a label each."""
    dataset = fw.FeedbackDataset.for_text_classification(labels=["polite", "rude"])
    dataset.add_records([{"text": f"Text {number} 😀"} for number in range(20)])
    for number, record in enumerate(dataset):
        dataset.respond(record.id, {"label": ["polite", "rude"][number % 2]}, user="alice")
    return dataset


@pytest.fixture
def labelling(tones, service):
    """A trainer of labels at the stand-in."""
    task = Task.for_text_classification(text="text", label="label")
    where = {"base_url": service.url, "api_key": "sk-test", "poll_seconds": 0.01}
    return fw.FeedbackTrainer(tones, task, "openai", model="tiny-chat", train_size=0.8, **where)


def test_labels_go_up_and_a_model_comes_back(labelling, service, tmp_path, capsys):
    """Both files, the job with its method, lines in the order of events, the numbers, and the model's name in the folder."""
    labelling.update_config(n_epochs=3, suffix="tone")
    metrics = labelling.train(output_dir=tmp_path)
    assert (len(service.rows("train.jsonl")), len(service.rows("held-out.jsonl"))) == (16, 4)
    system, user, assistant = service.rows("train.jsonl")[0]["messages"]
    assert system == {"role": "system", "content": "Answer with the label of the text, one of:\npolite\nrude"}
    assert user["content"].endswith("😀")
    assert assistant == {
        "role": "assistant",
        "content": ["polite", "rude"][int(user["content"].split()[1]) % 2],
    }
    (job,) = service.jobs
    assert job["method"] == {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}
    assert (job["model"], job["training_file"], job["validation_file"], job["suffix"]) == (
        "tiny-chat",
        "file-1",
        "file-2",
        "tone",
    )
    assert (metrics["train_loss"], metrics["eval_loss"], metrics["trained_tokens"]) == (0.5, 0.6, 99)
    assert [each["loss"] for each in labelling.history] == [2.0, 0.5]
    lines = capsys.readouterr().out.splitlines()
    statuses = [line.rpartition(" ")[2] for line in lines if line.startswith("job ftjob-1 is")]
    assert statuses == ["queued", "running"]
    assert "  The job has started" in lines
    assert "step 2/2  loss 0.500" in lines
    assert lines[-1] == f"saved to {tmp_path}"
    assert json.loads((tmp_path / "openai.json").read_text("utf-8"))["model"] == "ft:tiny:house"
    assert labelling.dataset.runs()[-1].status == "done"


def test_the_trained_model_is_asked_as_it_was_taught(labelling, service, tmp_path):
    """A prediction carries the system message of the training, from this trainer and from the saved folder."""
    labelling.train(output_dir=tmp_path)
    service.answer = lambda request: f" {request['model']} "
    assert labelling.predict("Hm.", max_new_tokens=3) == "ft:tiny:house"
    again = fw.FeedbackTrainer(
        labelling.dataset,
        labelling.task,
        "openai",
        model=str(tmp_path),
        base_url=service.url,
        api_key="sk-test",
    )
    assert again.predict(["Hm."], max_new_tokens=3) == ["ft:tiny:house"]
    first, second = service.asked
    assert first == second
    assert [each["role"] for each in first["messages"]] == ["system", "user"]
    assert first["max_tokens"] == 3


def test_before_training_the_start_model_is_asked(labelling, service):
    """The two can be compared."""
    assert labelling.predict(["ugh"]) == ["UGH"]
    assert service.asked[0]["model"] == "tiny-chat"


def test_several_labels_come_back_as_a_list(service, tmp_path):
    """Labels travel one on a line, and no label has a word of its own."""
    dataset = fw.FeedbackDataset.for_text_classification(
        labels=["kind", "short, or so", "odd"], multi_label=True
    )
    dataset.add_records([{"text": f"t{number}"} for number in range(10)])
    for record in dataset:
        dataset.respond(record.id, {"label": ["kind", "short, or so"]}, user="alice")
    task = Task.for_text_classification(text="text", label="label")
    trainer = fw.FeedbackTrainer(
        dataset, task, "openai", model="m", base_url=service.url, api_key="sk-test", poll_seconds=0.01
    )
    trainer.train(output_dir=tmp_path)
    assert service.rows("train.jsonl")[0]["messages"][-1]["content"] == "kind\nshort, or so"
    assert "held-out.jsonl" not in service.files
    service.answer = lambda request: {"a": "kind\nodd", "b": "none"}[request["messages"][-1]["content"]]
    assert trainer.predict(["a", "b"]) == [["kind", "odd"], []]


def test_preferences_go_up_as_the_service_documents_them(comparisons, service, tmp_path):
    """A pair is one turn of a conversation with the better and the worse answer, and beta belongs to the method."""
    task = Task.for_direct_preference_optimization(**PAIR)
    trainer = fw.FeedbackTrainer(
        comparisons,
        task,
        "openai",
        model="m",
        base_url=service.url,
        api_key="sk-test",
        poll_seconds=0.01,
        beta=0.2,
    )
    trainer.train(output_dir=tmp_path)
    row = service.rows("train.jsonl")[0]
    assert row["input"]["messages"] == [{"role": "user", "content": comparisons[0].fields["prompt"]}]
    texts = [row[side][0]["content"] for side in ("preferred_output", "non_preferred_output")]
    assert sorted(texts) == sorted(comparisons[0].fields[name] for name in ("response-1", "response-2"))
    assert service.jobs[0]["method"] == {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}}


def test_demonstrations_and_conversations_go_up_as_messages(demonstrations, service, tmp_path):
    """A prompt and its written answer are a user's and an assistant's message."""
    where = {"model": "m", "base_url": service.url, "api_key": "sk-test", "poll_seconds": 0.01}
    for task in (
        Task.for_supervised_fine_tuning(prompt="prompt", response="answer"),
        Task.for_chat_completion(prompt="prompt", response="answer"),
    ):
        fw.FeedbackTrainer(demonstrations, task, "openai", **where).train(output_dir=tmp_path)
        messages = service.rows("train.jsonl")[0]["messages"]
        assert [each["role"] for each in messages] == ["user", "assistant"]
        assert messages[0]["content"] == demonstrations[0].fields["prompt"]


def test_too_few_rows_never_leave_this_machine(labelling, service, tmp_path):
    """The rule of ten is checked before anything is uploaded; other services may have another."""
    labelling.train_size = 0.2
    with pytest.raises(fw.InvalidInput, match="at least 10 training rows, and there are 4"):
        labelling.train(output_dir=tmp_path)
    assert service.seen == []
    labelling.update_config(min_rows=1).train(output_dir=tmp_path)
    assert len(service.rows("train.jsonl")) == 4


def test_a_failed_job_says_why(labelling, service, tmp_path):
    """The service's own reason is the error, and the run's."""
    service.statuses, service.error = (
        ["running", "failed"],
        {"code": "x", "message": "Line 3 is empty", "param": None},
    )
    with pytest.raises(fw.ServiceError, match=r"ftjob-1 failed at 127\.0\.0\.1: Line 3 is empty"):
        labelling.train(output_dir=tmp_path)
    run = labelling.dataset.runs()[-1]
    assert (run.status, "Line 3" in run.error) == ("failed", True)
    assert not (tmp_path / "openai.json").exists()


def test_cancelling_from_another_thread_ends_the_job(labelling, service, tmp_path):
    """`trainer.cancel()` reaches the service while train() waits, and train() ends with it at once."""
    service.statuses = ["queued", "running"]
    labelling.update_config(poll_seconds=3600)
    caught = []

    def train():
        try:
            labelling.train(output_dir=tmp_path)
        except Cancelled as error:
            caught.append(error)

    thread = threading.Thread(target=train)
    thread.start()
    while not any(path.endswith("/events") for path in service.seen):
        thread.join(0.01)
    labelling.cancel()
    thread.join(60)
    assert not thread.is_alive()
    assert "ftjob-1 was cancelled" in str(caught[0])
    assert labelling.dataset.runs()[-1].status == "cancelled"


def test_an_interrupted_wait_can_be_taken_up_again(labelling, service, tmp_path, capsys, monkeypatch):
    """An interrupt leaves the job alone and says how to end it or to wait on; waiting on uploads nothing."""
    service.statuses = ["queued", "running", "running", "succeeded"]

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Job, "_tell", interrupt)
        with pytest.raises(KeyboardInterrupt):
            labelling.train(output_dir=tmp_path)
    assert "job ftjob-1 goes on at 127.0.0.1" in capsys.readouterr().out
    assert json.loads((tmp_path / "job.json").read_text("utf-8"))["job"] == "ftjob-1"
    uploads = service.seen.count("/files")
    labelling.update_config(job="ftjob-1").train(output_dir=tmp_path)
    assert service.seen.count("/files") == uploads
    assert not service.cancelled.is_set()
    assert labelling.predict("a") == "A"


def test_a_wrong_key_is_named_as_such(labelling, service, tmp_path):
    """401 says what to set, once; the key itself is not in the sentence."""
    labelling.update_config(api_key="sk-wrong")
    with pytest.raises(
        fw.ServiceError, match=r"127\.0\.0\.1 does not take this key \(401\): give api_key="
    ) as caught:
        labelling.train(output_dir=tmp_path)
    assert "sk-wrong" not in str(caught.value)
    assert service.seen == ["/files"]


def test_patience_is_kept_when_the_service_asks_for_it(labelling, service, tmp_path):
    """A 429 is tried again; when they do not end, the sentence says what to do."""
    service.refuse = [(429, [("retry-after-ms", "1")]), (500, [("retry-after-ms", "1")])]
    assert labelling.train(output_dir=tmp_path)["train_loss"] == 0.5
    service.refuse = [(429, [("retry-after-ms", "1")])] * 9
    with pytest.raises(fw.ServiceError, match=r"takes no more for now \(429\): slow down\. Wait"):
        labelling.update_config(max_retries=1).train(output_dir=tmp_path)


def test_a_service_that_is_not_there(labelling, service, tmp_path):
    """Nobody answers: the sentence names the host, without what else the address holds."""
    labelling.update_config(base_url="http://ann:secret@127.0.0.1:9/v1", max_retries=0)
    with pytest.raises(fw.ServiceError, match=r"127\.0\.0\.1 cannot be reached") as caught:
        labelling.train(output_dir=tmp_path)
    assert "secret" not in str(caught.value)


def test_without_a_key_openai_itself_is_not_asked(tones, tmp_path):
    """No key and no other service: the sentence names both ways out."""
    task = Task.for_text_classification(text="text", label="label")
    with pytest.raises(fw.InvalidInput, match=r"OpenAI wants a key: give api_key=, or set \$OPENAI_API_KEY"):
        fw.FeedbackTrainer(tones, task, "openai", model="m").train(output_dir=tmp_path)


def test_the_key_is_shown_nowhere(labelling, tmp_path, capsys):
    """Neither the trainer's text, nor the run, nor any file in the folder holds it."""
    labelling.train(output_dir=tmp_path)
    files = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file())
    told = json.dumps(labelling.dataset.runs()[-1].details)
    assert "sk-test" not in repr(labelling) + files + told + capsys.readouterr().out
    assert "n_epochs" not in repr(labelling)


def test_settings_of_the_first_years_are_understood(labelling):
    """What is gone warns unless it asks for nothing, what we write is refused, and an unknown name has near ones."""
    with pytest.warns(UserWarning, match=r"prompt_loss_weight no longer exists"):
        labelling.update_config(
            prompt_loss_weight=0.1, compute_classification_metrics=False, training_file=None
        )
    labelling.update_config(n_epochs=2, batch_size=None, learning_rate_multiplier=0.1, suffix=None)
    with pytest.raises(fw.InvalidInput, match=r"train\(\) writes this file"):
        labelling.update_config(training_file="file-9")
    with pytest.raises(fw.InvalidInput, match=r"no setting 'n_epoch'.*nearest are n_epochs"):
        labelling.update_config(n_epoch=3)


def test_whole_texts_are_no_conversations(demonstrations):
    """A formatting_func of one text is refused when the trainer is made, with the two ways out."""
    task = Task.for_supervised_fine_tuning(lambda row: row["prompt"])
    with pytest.raises(fw.InvalidInput, match="a chat needs a prompt and its response"):
        fw.FeedbackTrainer(demonstrations, task, "openai", model="m")
    with pytest.raises(fw.InvalidInput, match="a chat needs a prompt and its response"):
        demonstrations.prepare_for_training("openai", task)
