"""Other eval tools on the same samples: what a sample costs besides the model's own time."""
