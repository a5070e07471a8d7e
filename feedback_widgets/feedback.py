"""The same names under `feedback_widgets.feedback`, for code that imported them from `argilla.feedback`."""

from feedback_widgets import __all__ as __all__  # noqa: PLC0414 - re-exported on purpose
from feedback_widgets import __getattr__ as __getattr__  # noqa: PLC0414
