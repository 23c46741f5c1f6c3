"""What stands on disk: the ledger and the state that it adds up to, stored runs, the lock, seeds."""
