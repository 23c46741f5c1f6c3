"""Somebody else's sweep becomes a study: read it, tell its columns apart, write it down as runs."""
