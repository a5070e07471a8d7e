"""How good models are: suggestions held against people's answers."""
