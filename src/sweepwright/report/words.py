"""What the words mean that the program prints: the page shows them, and `docs/glossary.md` is written from them."""

from collections.abc import Mapping

# In Markdown without tables or links; a problem adds its own (`Problem.words`).
WORDS: Mapping[str, str] = {
    "adopted": "A sweep that others ran. Its results had been seen before goals were set, so nothing in it is confirmed.",
    "as measured": "The plain mean of a trial's runs, where nothing was repeated: how far it can be trusted is unknown.",
    "baseline": "What is reached without the model (the most frequent class, a straight line), on the same data.",
    "best run": "The best single run of a trial: mostly luck, and no estimate.",
    "bias-corrected": "The best score of the search less what picking the best adds to it, by bootstrap over the out-of-fold predictions (doi:10.1007/s10994-018-5714-4).",
    "bound": "What a goal must reach (`f1 higher >= 0.7`). A trial can be chosen if all bounds hold with a probability of 0.5 or more.",
    "condition": "A view of the data while training: all of it, another data set, one with something spoiled. The first one is the reference: goals are read in it.",
    "confirmed": "The mean of fresh runs, on splits or seeds that no choice had seen. The number to report where there is no nested estimate.",
    "control": "A run on data that were spoiled on purpose (labels permuted, features shuffled). If it does as well as the chosen one, something leaks.",
    "copy": "A run that equals another one of its trial to the last digit. It counts once.",
    "driver": "A hyperparameter whose share of the variance is not zero (90 %). *Not resolved*: these runs cannot tell.",
    "effort": "How carefully a run is trained: quickly in the search, exactly where a model is kept. Runs of different efforts are never averaged.",
    "F1 (weighted, macro)": "F1 of a class is 2 hits / (cells of the class + cells called so), in [0, 1], higher is better. *Weighted* is its mean over classes by their sizes, *macro* the plain mean, in which rare classes count alike.",
    "fact": "A number that a run knows of itself (coefficients, leaves, parameters), without noise from a test set.",
    "finalist": "One of the few trials that ran again on fresh splits before the choice.",
    "fold": "A part of the data that is tested by a model fitted to the other parts.",
    "group": "Samples that belong together (a plate, an embryo, a patient) and stay on one side of every split. The report calls it by its name.",
    "incumbent": "The configuration that one would have used without the study (`incumbent:` in the study file).",
    "jackknife": "How a number moves as each group in turn is left out of what it is computed from; from that, its interval over many groups (nothing is fitted anew).",
    "level": "What a trial gives on average over new runs, as all runs together say: what a split does to everybody is taken out, and a trial with few runs is drawn towards the others. Tables and plots show levels, because plain means of trials that ran on different splits cannot be compared.",
    "loss": "By how much the best of the others may be better than the chosen one.",
    "luck": "What the selection score owes to the choice having looked at it.",
    "nested estimate": "The whole procedure (search, choice, fit) repeated without a part of the data, and judged on that part; then on the next part. It is the estimate of what new data will give, choice included.",
    "noise": "The standard deviation between runs of one configuration. With folds, of one split (the mean over its folds).",
    "optimistic": "Of a number by which the choice was made.",
    "outer, inner": "Of a nested estimate: an outer fold is a part of the data that the whole procedure never saw; inside the rest, the inner folds are those by which it chose.",
    "P(within)": "The chance that a trial lies within the first goal's worth of the best.",
    "pooled": "Computed once from all folds of a split together, not averaged over folds: a rare class needs all of its cells.",
    "promised": "What the nested estimate let one expect of so many new groups together (90 %).",
    "rank": "A trial's place among those that could be chosen, from where to where (90 %).",
    "rank correlation": "How two goals go together over configurations, in [-1, 1] (Spearman). *The two from different runs*: noise that both goals share in one run would count as a relation, so that each is read from runs of its own.",
    "run": "One training of one configuration: one fold of one split, one seed, one condition.",
    "runner-up": "Whom the rule picks when the chosen one is taken away.",
    "seed": "Where the randomness of a run comes from that is no split: initial weights, the order of samples.",
    "selection score": "The mean of the runs by which the choice was made: optimistic.",
    "shrunken": "A level, as an estimate: drawn towards the others as far as noise demands.",
    "split": "One way to divide the data into folds, or into training and test. A *fresh* split has not been used before. Tables of runs call its number `draw`.",
    "study": "A folder: what was asked, every run, the choice and its reasons.",
    "trial": "One configuration, with all its runs.",
    "UNFINISHED": "A verdict on a training: its solver stopped at its cap before it was done.",
    "within, 90 %": "An interval holds in nine of ten studies; one in ten does not.",
    "worth": "The difference in a goal that matters. Trials that lie within it of the best with a probability of 0.7 or more count as equally good, and the next goal decides among them. Where you do not say it, half of the noise.",
}


def glossary(words: Mapping[str, str] = WORDS) -> str:
    """Words as a Markdown table.

    >>> print(glossary({"run": "One training."}))
    | word | what it means |
    | --- | --- |
    | **run** | One training. |
    """
    rows = [f"| **{word}** | {meaning} |" for word, meaning in words.items()]
    return "\n".join(["| word | what it means |", "| --- | --- |", *rows])


def plain(meaning: str) -> str:
    """A meaning without the marks of Markdown.

    >>> plain("A *fresh* split, as `draw`.")
    'A fresh split, as draw.'
    """
    return meaning.replace("*", "").replace("`", "")
