"""`slides.md`: the same figures as a talk, for Marp."""

from sweepwright.answers.places import Place
from sweepwright.nouns.figure import Figure
from sweepwright.report.contents import Contents
from sweepwright.report.markdown import provenance_line, said, table

MOST_SENTENCES, MOST_CHARACTERS = 4, 260
# the places of the verdict, a slide each or together; what passed and how it was decided is no matter for a talk
SLIDES = (
    (str(Place.EXPECT), (Place.CHOSEN, Place.EXPECT)),
    (str(Place.BESIDE), (Place.BESIDE,)),
    (str(Place.FAILS), (Place.FAILS,)),
    ("What it would cost to choose otherwise, and how firm it is", (Place.COSTS, Place.FIRM)),
    (str(Place.CAREFUL), (Place.CAREFUL,)),
)
HEAD = """---
marp: true
paginate: true
size: 16:9
style: |
  section { font-size: 24px; }
  section h1 { font-size: 40px; }
  section h2 { font-size: 32px; }
  section table { font-size: 18px; }
  section em { font-size: 17px; font-style: normal; color: #5b6675; }
  section img { background: transparent; }
---
"""


def slides(contents: Contents) -> str:
    """A slide for the verdict, one per figure, one for where it all comes from."""
    study, verdict = contents.study, contents.verdict
    first = [
        f"# {said(study.problem.name)}: {said(study.folder.resolve().name)}",
        "",
        said(contents.standing or study.problem.about),
        "",
        f"**{said(verdict.headline()[0])}**",
        "",
        *(f"- {said(e.measure)}, {said(e.kind)}: {said(e)}" for e in contents.estimates[:5]),
        "",
        f"*{said(provenance_line(contents))}*",
    ]
    found = ["\n".join(first)]
    for title, places in SLIDES:
        own = [statement for place in places for statement in contents.parts.get(place, ())]
        found += ["\n".join([f"## {title}", "", *_bullets([str(one) for one in own])])] if own else []
    found += [_figure("Verdict", figure, []) for figure in contents.verdict_figures]
    for chapter in contents.chapters:
        for k, figure in enumerate(chapter.figures):
            found.append(_figure(chapter.title, figure, [str(said) for said in chapter.sentences] if k == 0 else []))
        if chapter.missing and not chapter.figures:
            found.append("\n".join([f"## {said(chapter.title)}", "", *_bullets(chapter.missing)]))
    last = ["## Where it comes from", "", *(f"- {said(n)}: {said(_cut(v))}" for n, v in contents.provenance[:10])]
    return HEAD + "\n\n---\n\n".join(["", *found, "\n".join(last)]).removeprefix("\n\n---\n\n") + "\n"


def _bullets(sentences: list[str]) -> list[str]:
    return [*(f"- {said(_cut(sentence))}" for sentence in sentences[:MOST_SENTENCES]), ""]


def _cut(text: str) -> str:
    """A text that fits a slide: cut between two words."""
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _figure(title: str, figure: Figure, sentences: list[str]) -> str:
    lines = [f"## {said(title)}", ""]
    if sentences:
        lines += [f"{said(_cut(sentences[0]))}", ""]
    if figure.chart is not None:
        lines += [f"![h:380](figures/{figure.name}.svg)", ""]
    else:
        lines += [table(figure.table, 8), ""]
    return "\n".join([*lines, f"*{said(_cut(figure.caption))}*"])
