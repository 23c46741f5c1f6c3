"""The verbs about a study that stands: its status, marks and notes on trials, repair, export, job scripts."""

import os
from pathlib import Path
from typing import Any

import typer

from sweepwright.cli.json import as_json_text
from sweepwright.study.status import Standing, status

BARS = "▁▂▃▄▅▆▇█"


def show_status(folder: Path, as_json: bool) -> None:
    """Print where a study stands."""
    found = status(folder)
    if as_json:
        typer.echo(as_json_text(found.as_data()))
        return
    typer.echo("\n".join(status_lines(found)))


def status_lines(found: Standing) -> list[str]:
    """The status as a person reads it."""
    step = f", step {found.step}" if found.step else ""
    by = f" by process {found.holder.pid} on {found.holder.host}" if found.holder else ""
    lines = [f"{found.study}: {found.problem or 'a study that has not begun'}, {found.state}{by}{step}"]
    failed = [f"{count} {name.lower()}" for name, count in found.endings.items() if name != "COMPLETED"]
    lost = [f"{found.attempts_lost} attempts lost"] if found.attempts_lost else []
    of = f" of about {found.planned}" if found.state != "finished" else ""
    lines.append(f"{found.ended}{of} runs, {found.trials} trials" + "".join(f", {part}" for part in failed + lost))
    for name, counts in found.steps.items():
        lines.append(f"  {name:<24} {counts['ended']:>6} of {counts['planned']} runs")
    for step_name, why in found.limits.items():
        lines.append(f"  {step_name} ended early: {why}")
    lines += [leader_line(leader) for leader in found.leaders]
    lines += [running_line(run) for run in found.running[:8]]
    if found.chosen is not None:
        lines.append(f"Chosen: trial {found.chosen}")
    for trial, why in found.invalid.items():
        lines.append(f"Trial {trial} is not used: {why}")
    for note in found.notes:
        lines.append(f"Note on trial {note['trial']}: {note['text']}")
    left = f", {duration(found.seconds_left)} left" if found.seconds_left is not None else ""
    sizes = ", ".join(f"{name} {_size(count)}" for name, count in found.bytes.items())
    lines.append(f"Worked {duration(found.worked_seconds)}{left}. On disk: {sizes or 'nothing'}.")
    if found.state == "interrupted":
        lines.append(f"Go on with: sweepwright run {found.study}")
    return lines


def leader_line(leader: Any) -> str:
    """The best so far by one goal."""
    error = f" +- {leader.error:.3g}" if leader.error is not None else ""
    runs = f"{leader.runs} run{'s' if leader.runs > 1 else ''}"
    effort = f" at effort {leader.effort}" if leader.effort else ""
    who = "so far" if leader.of_all else "of those that ran most"
    return f"Best {leader.goal} {who}: {leader.mean:.4g}{error} (mean of {runs}{effort}, trial {leader.trial})"


def running_line(run: Any) -> str:
    """One run that is under way, with its last curve."""
    share = f" {run['share']:4.0%}" if run.get("share") else ""
    curves = "".join(f"  {name} {spark(values)}" for name, values in list(run.get("curves", {}).items())[:2])
    return f"  run {run['run']} (trial {run['trial']}){share} {run.get('note', '')}{curves}".rstrip()


def spark(values: list[float | None], width: int = 24) -> str:
    """A curve in a line of text.

    >>> spark([4.0, 2.0, 1.0, 0.5, 0.0])
    '█▄▂▁▁ 0'
    """
    found = [value for value in values if value is not None][-width:]
    if not found:
        return ""
    low, high = min(found), max(found)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[int((value - low) * scale)] for value in found) + f" {found[-1]:.3g}"


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(42), duration(600), duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count //= 1000
    return f"{count:.0f} GB"


def mark_invalid(folder: Path, trial: int, why: str) -> None:
    """Mark a trial, and say what follows from it."""
    from sweepwright.running.marks import invalidate
    from sweepwright.study.study import Study

    study = Study.open(folder)
    if not invalidate(study, trial, why):
        typer.echo(f"Trial {trial} was marked before. Nothing was changed.")
        return
    typer.echo(f"Trial {trial} is not used any more; its record stays.")
    choice = study.choice()
    if choice is not None and trial in (choice.chosen, choice.runner_up):
        typer.echo(f"The choice rested on it. Choose again with: sweepwright run {folder}")


def mend(folder: Path) -> None:
    """Repair a ledger, and say what was lost and what was not."""
    from sweepwright.running.repair import repair

    found = repair(folder)
    if not found.lines:
        typer.echo(f"The ledger of {folder} is whole. Nothing was changed.")
        return
    lines = ", ".join(map(str, found.lines))
    typer.echo(f"Dropped {len(found.lines)} damaged line(s): {lines}. The ledger as it was: {found.backup}")
    if found.recovered:
        typer.echo(f"{len(found.recovered)} run(s) came back from their folders.")
    if found.again or found.lost_proposals:
        typer.echo(f"{len(found.again)} run(s) and {found.lost_proposals} proposal(s) will be made again, with the same seeds.")
    typer.echo(f"Go on with: sweepwright run {folder}")


def write_export(folder: Path, form: str, out: Path | None) -> None:
    """Export, and say how the other tool opens it."""
    from sweepwright.exchange.exporting import export, form_named
    from sweepwright.study.study import Study

    target = export(Study.open(folder), form, out)
    opens = form_named(form).opens(target)
    typer.echo(f"Wrote {target}." + (f" Open it with: {opens}" if opens else ""))


def write_job_script(study: str, folder: Path | None, request: Any, out: Path | None) -> None:
    """Write a job script after looking whether the study can be run at all."""
    from sweepwright.exchange.submit import write_job
    from sweepwright.running.options import RunOptions
    from sweepwright.running.refusals import check_plan
    from sweepwright.running.start import prepare

    found = prepare(study, RunOptions(folder=folder))
    check_plan(found)
    path = out or found.folder.with_name(f"{found.folder.name}.{request.scheduler}.sh")
    source = os.path.relpath(study) if os.path.exists(study) else study  # noqa: PTH110
    typer.echo(f"Wrote {path}. Submit it with:")
    typer.echo(write_job(source, found.folder, request, path))
