"""What the words mean that only `phenotype` prints."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "C": "How little the coefficients are held back (the inverse of the penalty): larger fits the training cells more closely.",
    "Entropy": "Of a cell's probabilities over the classes, in nats: 0 is certain.",
    "gap": "The relative duality gap at which a fit stopped, in [0, 1]: 0 is the optimum. The efforts differ in it: search 0.01, finalist 0.001, final 0.0001.",
    "In_Training": "Of a cell in what `predict` writes: its features equal those of a training cell, so that its label says nothing new.",
    "l1_ratio": "The share of the penalty that removes features: 0 keeps all of them, 1 is the sparsest.",
    "Margin": "The largest probability of a cell less the second largest: small is doubtful.",
    "nonzero": "How many coefficients of a model are not zero, over all classes and features: fewer are easier to read.",
}
