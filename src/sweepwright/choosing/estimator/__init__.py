"""The one estimator: how good each trial is on an average draw, with what is not known about it."""
