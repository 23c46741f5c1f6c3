"""What the program's words mean stands on the page and in the documentation, and is the same there."""

from pathlib import Path

import sweepwright as sw
from sweepwright.problems.phenotype import words as phenotype
from sweepwright.report.contents import contents_of
from sweepwright.report.page import coded
from sweepwright.report.words import WORDS, glossary

PAGE = Path(__file__).parents[2] / "docs/glossary.md"


def test_the_glossary_is_that_of_the_program():
    text = PAGE.read_text()
    assert f"\n{glossary(WORDS)}\n" in text and f"\n{glossary(phenotype.WORDS)}\n" in text
    assert list(WORDS) == sorted(WORDS, key=str.casefold) and "|" not in "".join([*WORDS.values(), *phenotype.WORDS.values()])


def test_a_problem_adds_its_words_to_the_page_in_the_order_of_the_alphabet(cells):
    words = contents_of(sw.open_study(cells)).words
    assert {"nonzero", "gap", "level", "worth"} <= set(words) and list(words) == sorted(words, key=str.casefold)
    assert not any("`" in meaning or "*" in meaning for meaning in words.values())


def test_words_between_backticks_are_code_and_nothing_else_is_a_tag():
    assert coded("`a<b` & <i>c</i>, d`") == "<code>a&lt;b</code> &amp; &lt;i&gt;c&lt;/i&gt;, d`"
