"""The report sections of `phenotype`: what is confused, how good each class is, which features carry it, where the search went."""

from sweepwright.nouns.figure import Section
from sweepwright.problems.phenotype.figures.classes import classes, doubtful, grouping, reliability
from sweepwright.problems.phenotype.figures.coefficients import coefficients
from sweepwright.problems.phenotype.figures.confusion import confusion
from sweepwright.problems.phenotype.figures.groups import left_out
from sweepwright.problems.phenotype.figures.surface import surface

CLASSIFIER_SECTIONS = (
    Section("Confusion", confusion),
    Section("Classes", classes),
    Section("What grouping costs", grouping),
    Section("Are its probabilities right?", reliability, folded=True),
    Section("Cells most wrong", doubtful, folded=True),
)

SECTIONS = (
    *CLASSIFIER_SECTIONS[:3],
    Section("Search surface", surface, folded=True),
    Section("Coefficients", coefficients, folded=True),
    *CLASSIFIER_SECTIONS[3:],
    Section("Groups left out", left_out, folded=True),
)
