"""A problem of one's own in one file: k nearest neighbours on handwritten digits.

sweepwright run examples/own_problem.py:PROBLEM
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

from sweepwright import Choice, Data, Goal, Int, Job, Measure, Outcome, Problem, Space, Trained
from sweepwright.measures.classification import accuracy
from sweepwright.nouns.baseline import Baseline
from sweepwright.nouns.hashing import content_hash
from sweepwright.nouns.watch import Watch


def load() -> Data:
    digits, labels = load_digits(return_X_y=True)
    samples = {"sample_id": np.arange(len(labels)), "label": labels}
    return Data(hash=content_hash(digits, labels), samples=samples, content=digits)


def rows(data: Data, job: Job) -> tuple[np.ndarray, np.ndarray]:
    splitter = StratifiedKFold(job.folds, shuffle=True, random_state=job.data_seed)
    return list(splitter.split(data.content, data.samples["label"]))[job.fold]


def train(data: Data, job: Job, watch: Watch) -> Trained:
    fitted, tested = rows(data, job)
    model = KNeighborsClassifier(job.configuration["neighbours"], weights=job.configuration["weights"])
    model.fit(data.content[fitted], data.samples["label"][fitted])
    return Trained(outcome=Outcome(arrays={"predicted": model.predict(data.content[tested])}, sample=tested))


def most_frequent(data: Data, job: Job, watch: Watch) -> Trained:
    fitted, tested = rows(data, job)
    winner = np.bincount(data.samples["label"][fitted]).argmax()
    return Trained(outcome=Outcome(arrays={"predicted": np.full(len(tested), winner)}, sample=tested))


ACCURACY = Measure.of(accuracy, "label", "predicted")

PROBLEM = Problem(
    name="digits",
    about="k nearest neighbours on handwritten digits",
    load=load,
    train=train,
    space=Space(neighbours=Int(1, 15), weights=Choice("uniform", "distance")),
    measures=(ACCURACY,),
    goals=(Goal(ACCURACY, "higher"),),
    folds=5,
    baselines=(Baseline("most frequent", most_frequent),),
    protocol={"explore": {"sampler": "grid"}, "finalists": {"trials": 4, "draws": 2}, "confirm": {"draws": 2}},
)
