"""What curves and facts say about one training."""

from enum import StrEnum


class Verdict(StrEnum):
    """What curves and facts say about one training. The value is the sentence that people read."""

    HEALTHY = "healthy"
    NOT_JUDGED = "not judged: nothing that is recorded says how the training went"
    DIVERGED = "diverged: a value is not finite, or the loss grew beyond its bound"
    BATCHNORM_LAG = "the running statistics of BatchNorm lag behind: validate with recomputed statistics"
    NEVER_LEARNED = "never learned: no better than the trivial answer"
    OVERFIT = "overfit: it does well on training data and worse and worse on validation data"
    COLLAPSED = "collapsed: it had learned and lost most of it again"
    UNSTABLE = "unstable: the last evaluations scatter widely"
    STILL_IMPROVING = "still improving: it was stopped too early"
    PLATEAU_LOW = "below the classical baseline: mend the pipeline before tuning"
    DEAD_LATENT = "most of the latent units are dead"
    LEAK = "the validation data leak into the training"
    UNFINISHED = "the solver stopped at its cap"
