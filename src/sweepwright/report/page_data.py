"""What the page's scripts are given: the one table of trials, the figures that read it, and what the study is."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sweepwright.answers.trials import Trials
from sweepwright.figures import theme
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.plain import Plain, Settings
from sweepwright.report.contents import Contents, command_of, data_hash
from sweepwright.report.scripts import script_json
from sweepwright.report.sections.drivers import first_driver

_OF_TRIALS = re.compile(r"trial|c\d+")


@dataclass(frozen=True, slots=True)
class PageFigures:
    """Specifications for the page, those that read the one table of trials, and the figures that turn."""

    specs: dict[str, Plain]
    linked: list[str]
    turning: dict[str, Plain]


def page_figures(contents: Contents, specs: Mapping[str, Plain]) -> PageFigures:
    """The figures for the page: those of trials read the one table that Choose has."""
    found: dict[str, Plain] = {}
    linked = []
    for name, spec in specs.items():
        mine = {key: value for key, value in spec.items() if key not in ("$schema", "config")}
        names = [
            key
            for key, rows in spec.get("datasets", {}).items()
            if contents.trials is not None and _of_trials(rows, contents.trials)
        ]
        if names:
            mine = _renamed(mine, set(names))
            mine["datasets"] = {key: rows for key, rows in spec["datasets"].items() if key not in names}
            linked.append(name)
        found[name] = {**mine, "$schema": spec["$schema"]}
    turning = {figure.name: _plain_turning(figure) for figure in contents.figures if figure.turning is not None}
    return PageFigures(found, linked, turning)


def _of_trials(rows: list[Plain], trials: Trials) -> bool:
    """Whether rows are the trials' table: a row each, with no other columns."""
    return len(rows) == len(trials.frame) and "trial" in rows[0] and all(_OF_TRIALS.fullmatch(key) for key in rows[0])


def _renamed(part: Any, names: set[str]) -> Any:
    """The specification with its data called `trials` where it had one of the names."""
    if isinstance(part, dict):
        if set(part) == {"name"} and part["name"] in names:
            return {"name": "trials"}
        return {key: value if key == "datasets" else _renamed(value, names) for key, value in part.items()}
    return [_renamed(item, names) for item in part] if isinstance(part, list) else part


def _plain_turning(figure: Figure) -> Plain:
    plain = figure.turning.to_plotly_json()
    plain["layout"].pop("template", None)
    return {"data": [_listed(trace) for trace in plain["data"]], "layout": _listed(plain["layout"])}


def _listed(part: Any) -> Any:
    """Plain lists instead of arrays, null instead of what is not finite."""
    if isinstance(part, dict):
        return {key: _listed(value) for key, value in part.items()}
    if hasattr(part, "tolist"):
        part = part.tolist()
    if isinstance(part, list | tuple):
        return [_listed(item) for item in part]
    return None if isinstance(part, float) and not math.isfinite(part) else part


def data_script(contents: Contents, figures: PageFigures, panels: list[tuple[int, Plain]] | None = None) -> str:
    """The script that hands all data to the page."""
    study, trials = contents.study, contents.trials
    bounds = {}
    if trials is not None:
        ids = {column.name: column.id for column in trials.goals}
        bounds = {ids[goal.name]: goal.bound for goal in study.goals if goal.bound is not None and goal.name in ids}
    about = {
        "folder": str(study.folder),
        "chosen": contents.verdict.chosen,
        "hidden": contents.hidden,
        "starred": contents.starred,
        "bounds": bounds,
        "color": "" if trials is None else first_driver(contents.analysis) or "",
        "single": panels is not None,
        "data_hash": data_hash(study),
        "command": command_of(study),
        "problem": None if study.adopted else study.file.problem,
        "data": plain_data(study.file.data),
    }
    empty = {"trial": [], "columns": [], "runs": [], "ending": [], "step": [], "pareto": [], "once": []}
    data = {
        "study": about,
        "trials": empty if trials is None else trials.as_data(),
        "figures": figures.specs,
        "linked": figures.linked,
        "turning": figures.turning,
        "config": {"light": theme.config(), "dark": theme.config(dark=True)},
        "palette": list(theme.CATEGORIES),
    }
    if panels is not None:
        data["panels"] = panels
    return f"window.SWEEPWRIGHT = {script_json(data)};\n"


def plain_data(options: Settings) -> Plain:
    """The `data:` section as JSON has it."""
    return json.loads(json.dumps(dict(options), default=str))
