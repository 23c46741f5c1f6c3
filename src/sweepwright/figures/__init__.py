"""What figures share, those of the core and those of problems: palettes, labels, files."""
