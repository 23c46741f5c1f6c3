"""Measures: pure functions from arrays to numbers, one family per module."""
