"""Reviewing: records in the order of disagreement, and what a reviewer does about the answers to one."""

from feedback_widgets.review.acts import adopt, decide, may_review, send_back, take_back
from feedback_widgets.review.disputes import Dispute, by_disagreement, dispute

__all__ = [
    "Dispute",
    "adopt",
    "by_disagreement",
    "decide",
    "dispute",
    "may_review",
    "send_back",
    "take_back",
]
