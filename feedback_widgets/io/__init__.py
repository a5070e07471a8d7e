"""Ways in and out: one file per outside format."""
