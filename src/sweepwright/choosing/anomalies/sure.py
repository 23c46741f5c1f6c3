"""How sure one must be of an anomaly to say it."""

SURE = 0.005  # p value below which a jump or drift is said
