"""Where datasets are kept. See `log.py` for the promise, `tables.py` for the shape, `engine.py` for opening."""

from feedback_widgets.store.event import Event, new_id, now
from feedback_widgets.store.log import Store, open_store

__all__ = ["Event", "Store", "new_id", "now", "open_store"]
