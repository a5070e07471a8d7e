"""Checks of the answers themselves: are people consistent, right and unbiased, and under which guidelines did they answer."""
