"""From answers to a trained model: say what to learn (`TrainingTask`), then train it (`FeedbackTrainer`).

Nothing here imports a training library before training starts.
"""

from feedback_widgets.training.shapes import prepare_for_training
from feedback_widgets.training.task import TrainingTask
from feedback_widgets.training.trainer import FeedbackTrainer

__all__ = ["FeedbackTrainer", "TrainingTask", "prepare_for_training"]
