"""Where batches run: a slot is a place for one of them, with a process, a device and memory of its own."""
