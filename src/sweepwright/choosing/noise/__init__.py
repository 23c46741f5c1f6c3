"""Noise: where variance comes from, and how far a mean can be trusted."""
