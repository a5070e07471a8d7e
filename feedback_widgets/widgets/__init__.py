"""What is shown in the notebook."""
