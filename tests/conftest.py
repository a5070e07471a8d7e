"""What all tests share: no network, one thread for arithmetic, and no clock on property tests."""

from __future__ import annotations

import os

from hypothesis import settings

# Set before anything imports torch or a hub client; kernels and training runs inherit them.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# A busy machine must not turn a property into a failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
