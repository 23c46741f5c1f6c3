"""Other tools: their sweeps become studies, studies become theirs, and schedulers get job scripts."""
