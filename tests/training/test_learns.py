"""Answers given at the desk teach models: what was held out gets better, not only the loss."""

import math

import pytest

import feedback_widgets as fw

PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


def firsts_and_lasts(trainer, name):
    """Return the first and the last logged value."""
    values = [log[name] for log in trainer.history if name in log]
    return values[0], values[-1]


def share(judge, texts):
    """Return how many of the texts, 0 to 1, pass the judge."""
    return sum(map(judge, texts)) / len(texts)


def samples(trainer, prompts):
    """Draw one continuation per prompt, the same draw each time."""
    import torch

    torch.manual_seed(0)
    return trainer.predict(prompts, do_sample=True, max_new_tokens=24)


@pytest.fixture(scope="module")
def tuned(demonstrations, base, tmp_path_factory):
    """A trainer that has learned to answer, half politely and half rudely."""
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="answer")
    trainer = fw.FeedbackTrainer(demonstrations, task, framework="trl", model=base)
    trainer.update_config(max_steps=160, per_device_train_batch_size=16, learning_rate=3e-3)
    trainer.update_config(lr_scheduler_type="cosine")
    trainer.train(output_dir=tmp_path_factory.mktemp("models") / "tuned")
    return trainer


def right(trainer):
    """Return the share of held-out prompts, 0 to 1, that the model answers word by word as the annotator did."""
    _, held = trainer._rows_used
    said = trainer.predict(held["prompt"][:], max_new_tokens=16)
    return share(lambda pair: pair[0] == pair[1], list(zip(said, held["completion"], strict=True)))


def test_fine_tuning_teaches_what_annotators_wrote(facts, base, tmp_path):
    """Of the answers to questions that it has not seen, it writes more than nine in ten word by word."""
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="answer")
    trainer = fw.FeedbackTrainer(facts, task, framework="trl", model=base, train_size=0.85)
    trainer.update_config(max_steps=150, per_device_train_batch_size=16, learning_rate=3e-3)
    trainer.update_config(lr_scheduler_type="cosine").train(output_dir=tmp_path)
    assert right(trainer) > 0.9


def test_conversations_are_learned(facts, base, tmp_path):
    """From turns of a chat it learns what the assistant says, under the template that it was given."""
    task = fw.TrainingTask.for_chat_completion(prompt="prompt", response="answer")
    trainer = fw.FeedbackTrainer(facts, task, framework="trl", model=base, train_size=0.85)
    trainer.update_config(max_steps=150, per_device_train_batch_size=16, learning_rate=3e-3)
    trainer.update_config(lr_scheduler_type="cosine").train(output_dir=tmp_path)
    chats = trainer._rows_used[1]["messages"][:]
    said = trainer.predict([chat[:-1] for chat in chats], max_new_tokens=16)
    assert share(lambda pair: pair[0] == pair[1][-1]["content"], list(zip(said, chats, strict=True))) > 0.9


def test_plain_texts_are_learned(facts, base, tmp_path):
    """Going on with pre-training makes texts of the same kind likelier, the held-out ones too, down to a third of the loss."""
    task = fw.TrainingTask.for_pre_training(text="prompt")
    trainer = fw.FeedbackTrainer(facts, task, framework="trl", model=base, train_size=0.85)
    trainer.update_config(max_steps=40, per_device_train_batch_size=16, learning_rate=3e-3)
    metrics = trainer.train(output_dir=tmp_path)
    assert metrics["eval_loss"] < firsts_and_lasts(trainer, "loss")[0] / 3


@pytest.fixture(scope="module")
def judge(comparisons, tuned, tmp_path_factory):
    """A reward model that prefers polite answers, what was measured of it, and its folder."""
    task = fw.TrainingTask.for_reward_modeling(**PAIR)
    start = str(tuned.trainer.args.output_dir)
    trainer = fw.FeedbackTrainer(comparisons, task, framework="trl", model=start, train_size=0.8)
    trainer.update_config(max_steps=60, per_device_train_batch_size=16, learning_rate=1e-3)
    folder = tmp_path_factory.mktemp("models") / "judge"
    return trainer, trainer.train(output_dir=folder), folder


@pytest.mark.parametrize("algorithm", ["rloo", "grpo", "ppo"])
def test_reinforcement_raises_the_mean_reward(algorithm, comparisons, tuned, judge, tmp_path):
    """The model learns to write what the reward model prefers, with each algorithm: the mean reward rises by more than 0.5."""
    task = fw.TrainingTask.for_proximal_policy_optimization(prompt="prompt")
    trainer = fw.FeedbackTrainer(
        comparisons, task, framework="trl", algorithm=algorithm, model=str(tuned.trainer.args.output_dir)
    )
    trainer.update_config(reward_model=str(judge[2]), max_steps=25, learning_rate=5e-4, logging_steps=1)
    trainer.update_config(per_device_train_batch_size=32, max_completion_length=24)
    if algorithm != "ppo":
        trainer.update_config(num_generations=8)
    trainer.train(output_dir=tmp_path / algorithm)
    rewards = [log["reward"] for log in trainer.history if "reward" in log]
    assert len(rewards) >= 20
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + 0.5


@pytest.mark.parametrize("algorithm", ["cpo", "orpo"])
def test_preferences_are_learned_without_a_reference(algorithm, comparisons, tuned, tmp_path):
    """CPO and ORPO make what was preferred likelier than what was not, on pairs that they have not seen, too."""
    task = fw.TrainingTask.for_direct_preference_optimization(**PAIR)
    trainer = fw.FeedbackTrainer(
        comparisons,
        task,
        framework="trl",
        algorithm=algorithm,
        model=str(tuned.trainer.args.output_dir),
        train_size=0.8,
    )
    trainer.update_config(max_steps=30, per_device_train_batch_size=16, learning_rate=1e-3)
    metrics = trainer.train(output_dir=tmp_path / algorithm)
    assert metrics["eval_rewards/accuracies"] > 0.9
    assert metrics["eval_rewards/margins"] > 0


def test_single_verdicts_teach_too(tuned, demonstrations, polite, tmp_path):
    """KTO learns from answers that are each good or bad: the margin between the two rises."""
    task = fw.TrainingTask.for_kahneman_tversky_optimization(
        formatting_func=lambda sample: [
            (sample["prompt"], " " + answer["value"], polite(answer["value"])) for answer in sample["answer"]
        ]
    )
    trainer = fw.FeedbackTrainer(
        demonstrations, task, framework="trl", model=str(tuned.trainer.args.output_dir)
    )
    trainer.update_config(max_steps=40, per_device_train_batch_size=16, learning_rate=5e-4, logging_steps=5)
    trainer.train(output_dir=tmp_path / "kto")
    first, last = firsts_and_lasts(trainer, "rewards/margins")
    assert last > first + 1


def test_a_reward_model_learns_what_annotators_prefer(judge):
    """On records it has not seen, it agrees with the annotators more than nine times in ten."""
    trainer, metrics, _ = judge
    assert metrics["eval_accuracy"] > 0.9
    things = {"sea": "blue", "grass": "green", "coal": "black", "rose": "red"}
    kind, unkind = (
        trainer.predict(
            [
                (f"What colour is the {thing}?", f"{opener} The {thing} is {colour}. {closer}")
                for thing, colour in things.items()
            ]
        )
        for opener, closer in [("Gladly.", "Anything else?"), ("Ugh.", "Now go away.")]
    )
    assert sum(kind) > sum(unkind)


def test_preference_optimization_makes_the_model_polite(comparisons, tuned, polite, prompts, tmp_path):
    """A model that answered half politely writes what annotators preferred, more than nine times in ten; margins rise."""
    task = fw.TrainingTask.for_direct_preference_optimization(**PAIR)
    start = str(tuned.trainer.args.output_dir)
    trainer = fw.FeedbackTrainer(comparisons, task, framework="trl", model=start)
    trainer.update_config(max_steps=60, per_device_train_batch_size=16, learning_rate=1e-3)
    trainer.update_config(loss_type=["sigmoid", "sft"], loss_weights=[1.0, 1.0])
    before = share(polite, samples(trainer, prompts))
    trainer.train(output_dir=tmp_path / "dpo")
    first, last = firsts_and_lasts(trainer, "rewards/margins")
    assert last > first + 1
    assert 0.1 < before < 0.9
    assert share(polite, samples(trainer, prompts)) > 0.9


def test_preference_optimization_starts_at_ln_2_from_a_model_in_memory(comparisons, tuned, tmp_path):
    """The reference is the model that was handed over, not the one it once was read from."""
    task = fw.TrainingTask.for_direct_preference_optimization(**PAIR)
    trainer = fw.FeedbackTrainer(
        comparisons,
        task,
        framework="trl",
        model=tuned.trainer.model,
        tokenizer=tuned.trainer.processing_class,
    )
    trainer.update_config(max_steps=2)
    trainer.train(output_dir=tmp_path / "dpo")
    assert trainer.history[0]["loss"] == pytest.approx(math.log(2), abs=1e-3)
    assert trainer.history[0]["rewards/margins"] == pytest.approx(0, abs=1e-3)
