"""Effects of hyperparameters: the model, shares, shapes, and what makes no difference."""
