"""The study: its file, protocol, ledger, executors, resume and frames."""
