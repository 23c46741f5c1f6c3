"""What earlier versions wrote into ledgers, in the words of this one."""

from sweepwright.nouns.plain import Plain

PROVENANCE = ("row", "key", "label", "pair", "started")  # stood among the facts of an adopted run


def translated(title: str, found: Plain) -> tuple[str, Plain]:
    """The title and the fields of an event that a ledger of schema 1 tells."""
    fields = dict(found)
    if "step" in fields:
        fields["phase"] = fields.pop("step")
    if title == "measured":
        title = "runs measured" if fields.get("of") == "run" else "runs pooled"
        if title == "runs measured":
            fields.pop("of")
    elif title == "run ended":
        facts = dict(fields.pop("facts", {}))
        fields |= {name: facts.pop(name) for name in ("verdict", "health") if name in facts}
        if "seed" in fields:
            title = "run adopted"
            fields |= {name: facts.pop(name) for name in PROVENANCE if name in facts}
        if facts:
            fields["facts"] = facts
    elif title == "choice made":  # its sentences had no code, its goals no worth
        fields["with_worth"] = False
        fields["sentences"] = [{"code": "choice", "text": text} for text in fields.get("sentences", ())]
    elif title == "study extended" and fields.get("draws") is None:
        fields.pop("draws", None)
    return title, fields
