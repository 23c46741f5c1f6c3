"""Forms of export, a file each, found by its name: what `export --to` may be."""
