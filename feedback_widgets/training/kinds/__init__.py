"""The kinds of task. Each is one `Kind` object, in the file of its family; nothing else lists them."""

from feedback_widgets.training.kinds.base import Kind

__all__ = ["Kind"]
