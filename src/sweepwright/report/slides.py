"""`slides.md`: the same figures as a talk, for Marp."""

from sweepwright.nouns.figure import Figure
from sweepwright.report.contents import Contents
from sweepwright.report.markdown import provenance_line, said, table

MOST_SENTENCES, MOST_CHARACTERS = 4, 260
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
        f"**{said(verdict.lines()[0])}**",
        "",
        *(f"- {said(e.measure)}, {said(e.kind)}: {said(e)}" for e in contents.estimates[:5]),
        "",
        f"*{said(provenance_line(contents))}*",
    ]
    why = [
        "## Why",
        "",
        *_bullets([*map(str, verdict.expect), *contents.others, *map(str, verdict.sentences)]),
        *_careful(contents),
    ]
    found = ["\n".join(first), "\n".join(why)]
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


def _careful(contents: Contents) -> list[str]:
    warnings = [str(warning) for warning in contents.verdict.warnings]
    return ["To be careful about:", "", *_bullets(warnings)] if warnings else []


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
