"""Proximal policy optimization, written out: TRL no longer has it.

The policy π writes a reply to each prompt, and the reward model scores the whole reply. Token t of a reply is rewarded with

    r_t = -beta · (log π_old(t) - log π_ref(t)),    and the last one with the score besides,

where π_ref is the model that training started from: the further the policy drifts from it, the more it pays. A value model V
estimates what is still to come, and generalized advantage estimation weighs what came instead:

    d_t = r_t + gamma · V_{t+1} - V_t,    A_t = d_t + gamma · lam · A_{t+1}.

The policy then maximizes the clipped objective on these replies for a few epochs,

    mean_t min(q_t · A_t, clip(q_t, 1 - epsilon, 1 + epsilon) · A_t),    q_t = π(t) / π_old(t),

while V learns A_t + V_t by least squares. Sources: Schulman et al. 2017, "Proximal Policy Optimization Algorithms";
Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage Estimation".
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from feedback_widgets.training.progress import check_loss, line, say

Reward = Callable[..., list[float | None]]


@dataclass
class PPOConfig:
    """Settings of `PPOTrainer`; those it shares with `transformers.TrainingArguments` are called as there.

    >>> PPOConfig(batch_size=16).per_device_train_batch_size
    16
    """

    output_dir: str = "ppo"
    max_steps: int = -1
    """Updates; with -1 as many as `num_train_epochs` needs."""
    num_train_epochs: float = 1.0
    per_device_train_batch_size: int = 32
    """Prompts per update."""
    batch_size: int | None = None
    """The same, as it was called in TRL's own PPO."""
    num_ppo_epochs: int = 2
    """How often each batch of replies is learned from."""
    num_mini_batches: int = 2
    """Into how many steps of the optimizer one such epoch is cut."""
    learning_rate: float = 1e-5
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    adam_epsilon: float = 1e-8
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    beta: float = 0.05
    """Price of drifting from the start model."""
    epsilon: float = 0.2
    """Half the width of the clip."""
    gamma: float = 1.0
    lam: float = 0.95
    vf_coef: float = 0.1
    """Weight of the value model's loss."""
    missing_eos_penalty: float = 1.0
    """Taken off the score of a reply that does not end by itself."""
    max_completion_length: int = 64
    """Tokens."""
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    generation_kwargs: dict[str, Any] = field(default_factory=dict)
    logging_steps: int = 10
    logging_first_step: bool = True
    seed: int = 42
    use_cpu: bool = False

    def __post_init__(self) -> None:
        if self.batch_size is not None:
            self.per_device_train_batch_size = self.batch_size


class Replies(NamedTuple):
    """A batch of replies; shapes in brackets: B prompts, T tokens of prompt and reply, R tokens of replies."""

    ids: Any  # (B, T)
    mask: Any  # (B, T), 0 where padded and behind the end of a reply
    counts: Any  # (B, R), 1.0 up to and including the first end mark
    old: Any  # (B, R) log-probabilities under the policy that wrote them
    scores: Any  # (B,)
    advantages: Any  # (B, R)
    returns: Any  # (B, R)
    drift: float  # summed over a reply, its mean
    ended: float  # share of the replies that end by themselves


class PPOTrainer:
    """Teach a language model to write what a reward model scores highly.

    Args:
        model: the start model, a folder or a hub id.
        reward_funcs: functions `(prompts=[…], completions=[…]) -> [score]`, which are added up.
        args: the settings.
        processing_class: the tokenizer.
        train_dataset: rows with `prompt`.
        eval_dataset: the same, held out, or None.
        peft_config: train an adapter instead of all weights.

    `model` is the policy, `state.log_history` what was logged.
    """

    def __init__(
        self,
        model: str,
        reward_funcs: list[Reward],
        args: PPOConfig,
        processing_class: Any,
        train_dataset: Any,
        eval_dataset: Any = None,
        peft_config: Any = None,
    ) -> None:
        import torch
        from transformers import AutoModelForCausalLM, set_seed

        set_seed(args.seed)
        self.args, self.processing_class, self.reward_funcs = args, processing_class, reward_funcs
        self.train_dataset, self.eval_dataset = train_dataset, eval_dataset
        cuda = torch.cuda.is_available() and not args.use_cpu
        self.device = torch.device("cuda" if cuda else "cpu")
        self.model = AutoModelForCausalLM.from_pretrained(model).to(self.device)
        self.reference = AutoModelForCausalLM.from_pretrained(model).to(self.device).eval()
        self.value = _Value(AutoModelForCausalLM.from_pretrained(model).base_model).to(self.device)
        if peft_config is not None:
            import peft

            self.model = peft.get_peft_model(self.model, peft_config)
        self.optimizer = torch.optim.AdamW(
            [each for part in (self.model, self.value) for each in part.parameters() if each.requires_grad],
            lr=args.learning_rate, betas=(args.adam_beta1, args.adam_beta2), eps=args.adam_epsilon,
            weight_decay=args.weight_decay,
        )  # fmt: skip
        self.state = SimpleNamespace(log_history=[], global_step=0, max_steps=self._steps())
        self._draw = random.Random(args.seed)

    def train(self) -> SimpleNamespace:
        """Make all updates; `metrics` of what is returned holds `train_loss`, `train_runtime` (seconds) and `train_reward`."""
        began, losses, replies = time.monotonic(), list[float](), None
        for prompts in self._batches():
            if self.state.global_step == self.state.max_steps:
                break
            replies = self.reply(prompts)
            measured = self.learn_from(replies)
            losses.append(measured["loss"])
            self.state.global_step += 1
            self._log(replies, measured)
            check_loss(measured["loss"], self.state.global_step, self.args.learning_rate)
        reward = 0.0 if replies is None else replies.scores.mean().item()
        metrics = {"train_loss": sum(losses) / max(1, len(losses)), "train_runtime": time.monotonic() - began}
        return SimpleNamespace(metrics={**metrics, "train_reward": reward})

    def evaluate(self) -> dict[str, float]:
        """Let the policy answer the held-out prompts, and return the mean reward as `eval_reward`."""
        size, prompts = self.args.per_device_train_batch_size, list(self.eval_dataset["prompt"])
        scores = [
            score
            for start in range(0, len(prompts), size)
            for score in self.reply(prompts[start : start + size]).scores.tolist()
        ]
        found = {"eval_reward": sum(scores) / len(scores)}
        self.state.log_history.append({"step": self.state.global_step, **found})
        return found

    def save_model(self, folder: str | Path) -> None:
        """Write the policy (or its adapter) and the tokenizer."""
        self.model.save_pretrained(str(folder))
        self.processing_class.save_pretrained(str(folder))

    def reply(self, prompts: list[str]) -> Replies:
        """Let the policy answer, and judge its answers: one reply per prompt."""
        import torch

        words, args = self.processing_class, self.args
        given = words(prompts, return_tensors="pt", padding=True, padding_side="left").to(self.device)
        given.pop("token_type_ids", None)
        length = given["input_ids"].shape[1]
        options = {
            "max_new_tokens": args.max_completion_length, "do_sample": True, "temperature": args.temperature,
            "top_k": args.top_k, "top_p": args.top_p, "pad_token_id": words.pad_token_id,
            "eos_token_id": words.eos_token_id, **args.generation_kwargs,
        }  # fmt: skip
        with torch.no_grad(), _still(self.model), _still(self.value):
            ids = self.model.generate(**given, **options)
            ends = (ids[:, length:] == words.eos_token_id).cumsum(1)
            counts = ((ends == 0) | ((ends == 1) & (ids[:, length:] == words.eos_token_id))).float()
            mask = torch.cat([given["attention_mask"], counts.long()], 1)
            old, values = self._logs(self.model, ids, mask, length), self._values(ids, mask, length) * counts
            drift = (old - self._logs(self.reference, ids, mask, length)) * counts
            scores, ended = self._scores(prompts, ids[:, length:], counts), ends[:, -1] > 0
            advantages = self._advantages(
                drift, scores - args.missing_eos_penalty * (~ended).float(), values, counts
            )
        return Replies(
            ids, mask, counts, old, scores, _whitened(advantages, counts), advantages + values,
            drift.sum(1).mean().item(), ended.float().mean().item(),
        )  # fmt: skip

    def learn_from(self, replies: Replies) -> dict[str, float]:
        """Make the policy likelier to write what turned out better than expected, in a few clipped steps."""
        import torch

        losses, norms, clipped = list[float](), list[float](), list[float]()
        parts = [each for group in self.optimizer.param_groups for each in group["params"]]
        size = -(-len(replies.ids) // self.args.num_mini_batches)
        with _still(self.model), _still(self.value):
            for _ in range(self.args.num_ppo_epochs):
                for batch in torch.randperm(len(replies.ids), device=self.device).split(size):
                    loss, outside = self._loss(replies, batch)
                    self.optimizer.zero_grad()
                    loss.backward()
                    norms.append(torch.nn.utils.clip_grad_norm_(parts, self.args.max_grad_norm).item())
                    self.optimizer.step()
                    losses.append(loss.item())
                    clipped.append(outside)
        mean = {"loss": losses, "grad_norm": norms, "clip_share": clipped}
        return {name: sum(values) / len(values) for name, values in mean.items()}

    def _loss(self, replies: Replies, batch: Any) -> tuple[Any, float]:
        """Return the loss on some of the replies, and the share of tokens at the clip."""
        import torch

        ids, mask, counts = replies.ids[batch], replies.mask[batch], replies.counts[batch]
        length = ids.shape[1] - counts.shape[1]
        epsilon, gain = self.args.epsilon, replies.advantages[batch]
        ratio = (self._logs(self.model, ids, mask, length) - replies.old[batch]).exp()
        policy = -torch.min(ratio * gain, ratio.clamp(1 - epsilon, 1 + epsilon) * gain)
        value = (self._values(ids, mask, length) - replies.returns[batch]) ** 2
        loss = ((policy + self.args.vf_coef * value) * counts).sum() / counts.sum()
        outside = (((ratio - 1).abs() > epsilon).float() * counts).sum() / counts.sum()
        return loss, outside.item()

    def _logs(self, model: Any, ids: Any, mask: Any, length: int) -> Any:
        """Return the log-probability of each token of the replies, which begin at `length`."""
        logits = model(input_ids=ids, attention_mask=mask, position_ids=_places(mask)).logits[
            :, length - 1 : -1
        ]
        logs = (logits / self.args.temperature).log_softmax(-1)
        return logs.gather(-1, ids[:, length:, None])[..., 0]

    def _values(self, ids: Any, mask: Any, length: int) -> Any:
        """Return what the value model expects before each token of the replies."""
        return self.value(ids, mask)[:, length - 1 : -1]

    def _scores(self, prompts: list[str], replies: Any, counts: Any) -> Any:
        import torch

        words = self.processing_class
        whole = replies.masked_fill(counts == 0, words.pad_token_id)
        texts = words.batch_decode(whole, skip_special_tokens=True)
        found = [each(prompts=prompts, completions=texts) for each in self.reward_funcs]
        sums = [sum(score or 0.0 for score in scores) for scores in zip(*found, strict=True)]
        return torch.tensor(sums, device=self.device)

    def _advantages(self, drift: Any, scores: Any, values: Any, counts: Any) -> Any:
        import torch

        rewards = -self.args.beta * drift
        last = counts.sum(1).long() - 1
        rewards[torch.arange(len(rewards), device=self.device), last] += scores
        found, behind, after = torch.zeros_like(rewards), 0.0, 0.0
        for at in reversed(range(rewards.shape[1])):
            surprise = rewards[:, at] + self.args.gamma * after - values[:, at]
            behind = surprise + self.args.gamma * self.args.lam * behind
            found[:, at], after = behind, values[:, at]
        return found * counts

    def _batches(self) -> Iterator[list[str]]:
        """Yield prompts in a new order each time round, for ever."""
        prompts, waiting = list(self.train_dataset["prompt"]), list[str]()
        while True:
            while len(waiting) < self.args.per_device_train_batch_size:
                waiting += self._draw.sample(prompts, len(prompts))
            yield waiting[: self.args.per_device_train_batch_size]
            del waiting[: self.args.per_device_train_batch_size]

    def _steps(self) -> int:
        if self.args.max_steps > 0:
            return self.args.max_steps
        rows = self.args.num_train_epochs * len(self.train_dataset)
        return max(1, round(rows / self.args.per_device_train_batch_size))

    def _log(self, replies: Replies, measured: dict[str, float]) -> None:
        step = self.state.global_step
        lengths = replies.counts.sum(1).mean().item()
        logs = {
            **measured, "reward": replies.scores.mean().item(), "kl": replies.drift,
            "completions/mean_length": lengths, "completions/clipped_ratio": 1 - replies.ended, "step": step,
        }  # fmt: skip
        self.state.log_history.append(logs)
        if step % self.args.logging_steps == 0 or (step == 1 and self.args.logging_first_step):
            say(line(step, self.state.max_steps, logs))


def _Value(body: Any) -> Any:  # noqa: N802 - a class that can only be made once torch is there
    """Return a model of what is still to come: the body of the start model under a head that begins at 0."""
    import torch

    class Value(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = body, torch.nn.Linear(body.config.hidden_size, 1)
            torch.nn.init.zeros_(self.head.weight)
            torch.nn.init.zeros_(self.head.bias)

        def forward(self, ids: Any, mask: Any) -> Any:
            seen = self.body(input_ids=ids, attention_mask=mask, position_ids=_places(mask))
            return self.head(seen.last_hidden_state)[..., 0]

    return Value()


def _places(mask: Any) -> Any:
    """Count positions from the first token that is no padding."""
    return (mask.cumsum(1) - 1).clamp(0)


def _whitened(numbers: Any, counts: Any) -> Any:
    """Shift and scale to mean 0 and deviation 1 over the tokens that count."""
    mean = (numbers * counts).sum() / counts.sum()
    spread = ((numbers - mean) ** 2 * counts).sum() / counts.sum()
    return (numbers - mean) / (spread.sqrt() + 1e-8)


@contextmanager
def _still(model: Any) -> Iterator[None]:
    """Switch dropout off for a while: the ratio of two probabilities must come from the weights alone."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)
