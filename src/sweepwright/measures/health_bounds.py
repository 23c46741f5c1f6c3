"""The bounds of the rules by which health judges."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthBounds:
    """The bounds of the rules. Scores are in [0, 1]; for others give `scale`, what a full improvement is worth."""

    scale: float = 1.0  # score units: the bounds below are shares of it
    noise_sd: float = 0.0  # score units: the noise of one evaluation, where it is known
    skill: float = 0.02  # share of scale above trivial that counts as having learned
    fall: float = 0.5  # share of the peak's skill that must remain
    gap: float = 0.15  # share of scale between training and validation
    lag: float = 0.15  # share of scale between batch and running statistics
    scatter: float = 0.05  # share of scale: sd of the last evaluations about their trend
    slope_t: float = 2.0  # t value of a trend
    rise: float = 0.1  # share of its fall by which a loss must rise again
    collapsed_for: int = 5  # evaluations
    recent: int = 10  # evaluations
    growth: float = 1e3  # times its first value: a loss beyond that has diverged
    active_units: float = 0.1  # share of units
    leak: float = 0.5
