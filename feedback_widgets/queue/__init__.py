"""Whose turn is which record: the order in which an annotator meets the records, and who holds which of them."""

from feedback_widgets.queue.orders import Order, Shuffled, order_for
from feedback_widgets.queue.taking import LENT, Taken, give_back, keep, take
from feedback_widgets.queue.window import ADDED, QUEUES, WINDOW_CHARACTERS, Window, window

__all__ = [
    "ADDED",
    "LENT",
    "QUEUES",
    "WINDOW_CHARACTERS",
    "Order",
    "Shuffled",
    "Taken",
    "Window",
    "give_back",
    "keep",
    "order_for",
    "take",
    "window",
]
