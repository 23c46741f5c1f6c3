"""Anomalies of sweeps that make an honest analysis go wrong: looked for in the frame, said, never mended silently."""
