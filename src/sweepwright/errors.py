"""The one kind of error that people read: a sentence with what was wrong, what was found and what to do."""


class InputError(ValueError):
    """Input that cannot be used. The command prints the message alone and exits with 2."""
