"""The one kind of error that people read: a sentence with what was wrong, what was found and what to do."""


class InputError(ValueError):
    """Input that cannot be used. The command prints the message alone and exits with 2."""


def no_space(path: object) -> str:
    """The sentence of a full disk or quota."""
    return f"There is no space left to write {path}. Nothing that had ended is lost: free some space, and the same command goes on."
