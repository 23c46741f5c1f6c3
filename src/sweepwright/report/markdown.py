"""`report.md`: the same report as plain Markdown, for Obsidian and GitHub: relative pictures, tables, no HTML."""

import json
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from sweepwright.figures.labels import visible
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.statement import counted
from sweepwright.report.contents import Contents, behind, command_of, data_hash

MOST_ROWS, MOST_COLUMNS = 20, 12
# What GitHub or Obsidian reads as a mark: inside words an underscore is none, and alone an equals or percent sign is none.
_MARKED = re.compile(r"[\\`*\[\]<|$~&#^]|(?<![A-Za-z0-9])_|=(?==)|(?<==)=|%(?=%)|(?<=%)%")


def said(text: object) -> str:
    """Text as Markdown shows it: nothing in it is a mark, a tag, mathematics or a line of its own.

    >>> said("<script> a|b *c* #tag $x$ [[link]]")
    '\\\\<script> a\\\\|b \\\\*c\\\\* \\\\#tag \\\\$x\\\\$ \\\\[\\\\[link\\\\]\\\\]'
    """
    one_line = " ".join(visible(str(text)).split())
    escaped = _MARKED.sub(r"\\\g<0>", one_line)
    escaped = re.sub(r"(?i)\b(https?|ftp)://", r"\1&#58;//", escaped)  # no link of its own
    escaped = re.sub(r"^[-+>=]", r"\\\g<0>", escaped)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", escaped)


def markdown(contents: Contents) -> str:
    """The whole report as Markdown."""
    study, verdict = contents.study, contents.verdict
    lines = [
        "---",
        f"title: {_yaml(f'{study.folder.resolve().name}: {study.problem.name}')}",
        "tags: [sweepwright, report]",
        "---",
        "",
        f"# {said(study.problem.name)}: {said(study.folder.resolve().name)}",
        "",
        f"{said(study.problem.about)}. {counted(len(study.state.trials), 'trial', 'trials')}, {counted(len(study.state.ended), 'run', 'runs')}."
        if study.problem.about
        else f"{counted(len(study.state.trials), 'trial', 'trials')}, {counted(len(study.state.ended), 'run', 'runs')}.",
        "",
    ]
    if contents.standing:
        lines += [f"> {said(contents.standing)}", ""]
    lines += ["## Verdict", "", f"**{said(verdict.headline()[0])}**", ""]
    if contents.estimates:
        lines += [_estimates(contents), ""]
    for place, own in contents.parts.items():
        lines += [f"### {place}", "", *_list(own)]
    lines += [f"Goals, in order: {said('; '.join(contents.goals))}. Intervals are 90 %.", ""]
    for figure in contents.verdict_figures:
        lines += figure_lines(figure)
    if len(contents.candidates):
        lines += ["### Candidates", "", table(contents.candidates), ""]
    for chapter in contents.chapters:
        lines += [f"## {said(chapter.title)}", "", *_list(chapter.sentences)]
        for missing in chapter.missing:
            lines += [f"> {said(missing)}", ""]
        for figure in chapter.figures:
            lines += figure_lines(figure)
    lines += ["## Trials", ""]
    if contents.trials is not None:
        lines += [
            table(contents.trials_table()),
            "",
            "[All trials](tables/trials.csv), [all runs with their seeds](tables/runs.csv).",
            "",
        ]
    else:
        lines += ["No run has ended yet.", ""]
    lines += _list(f"Trial {note.trial}: {note.text}" for note in study.state.notes)
    lines += [
        "## Provenance",
        "",
        "| what | value |",
        "| --- | --- |",
        *(f"| {said(n)} | {said(v)} |" for n, v in contents.provenance),
        "",
    ]
    return "\n".join(lines)


def _yaml(text: str) -> str:
    """Text as a quoted YAML string."""
    return json.dumps(visible(text), ensure_ascii=False)


def _list(sentences: Iterable[object]) -> list[str]:
    items = [f"- {said(sentence)}" for sentence in sentences]
    return [*items, ""] if items else []


def _estimates(contents: Contents) -> str:
    rows = ["| estimate | value [90 %] | what it is | where it comes from |", "| --- | --- | --- | --- |"]
    for e in contents.estimates:
        kind = f"{e.measure}, {e.kind}{' (optimistic)' if e.optimistic else ''}"
        rows.append(f"| {said(kind)} | {said(e)} | {said(e.meaning)} | {said(behind(contents.study, e))} |")
    return "\n".join(rows)


def figure_lines(figure: Figure) -> list[str]:
    """A figure's picture (or its table), caption and link to its numbers."""
    lines = []
    if figure.chart is not None:
        lines += [f"![{said(figure.name)}](figures/{figure.name}.svg)", ""]
    elif isinstance(figure.table, pd.DataFrame):
        lines += [table(figure.table), ""]
    link = f" [CSV](tables/{figure.name}.csv)" if figure.table is not None else ""
    return [*lines, f"*{said(figure.caption)}*{link}", ""]


def table(frame: pd.DataFrame, rows: int = MOST_ROWS) -> str:
    """A frame as a Markdown table: the first rows and columns, numbers with four digits."""
    shown = frame.iloc[:rows, :MOST_COLUMNS]
    lines = [_row(list(shown.columns)), _row(["---"] * len(shown.columns), plain=True)]
    lines += [_row([_cell(value) for value in row]) for row in shown.itertuples(index=False)]
    left = len(frame) - len(shown)
    return "\n".join(lines) + (f"\n\n{left:,} more rows in the CSV." if left > 0 else "")


def _row(cells: Sequence[object], plain: bool = False) -> str:
    return "| " + " | ".join(str(cell) if plain else said(cell) for cell in cells) + " |"


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    return "" if value is None or value is pd.NA else value


def provenance_line(contents: Contents) -> str:
    """Data, runs and command in one line."""
    study = contents.study
    return f"data {data_hash(study)[:16]}, {counted(len(study.state.ended), 'run', 'runs')}, seed {study.file.seed}, {command_of(study)}"
