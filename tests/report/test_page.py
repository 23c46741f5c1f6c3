"""The report's page: opens offline, says what is there and what is missing, and data cannot do anything in it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from processes import TINY

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.explaining import driver_sentences
from sweepwright.answers.verdict import verdict
from sweepwright.errors import InputError
from sweepwright.nouns.figure import Section
from sweepwright.nouns.phase import Part, Phase, Step
from sweepwright.report.writing import write_report
from sweepwright.running.marks import note

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hostile(cells, tmp_path_factory) -> Path:
    """The report of a study whose class and feature names are markup."""
    folder = tmp_path_factory.mktemp("page") / "study"
    shutil.copytree(cells, folder)
    return write_report(sw.open_study(folder))


def test_names_from_data_are_escaped(hostile):
    page = hostile.read_text()
    assert page.count("<script") == page.count('<script src="assets/') == 6 and page.count("<img") == page.count(
        '<img class="still"'
    )
    assert "&lt;script&gt;" in page


def test_every_linked_file_is_there(hostile):
    import re

    links = re.findall(r'(?:href|src)="([^"#]+)"', hostile.read_text())
    assert len(links) > 60
    for link in links:
        assert link == "data:," or (hostile.parent / link).exists(), link
    tidy = pd.read_csv(hostile.parent / "tables/confusion.csv")
    assert list(tidy.columns) == ["True_Label", "Predicted_Label", "Count"] and tidy["Count"].sum() == 360


def test_selection_and_nested_estimate_stand_side_by_side(hostile):
    page = hostile.read_text()
    assert "selection score" in page and "nested estimate" in page and "optimistic" in page


def cut(study, folder: Path, runs: int) -> Path:
    """The study as it stood when so many of its runs had ended."""
    shutil.copytree(study.folder, folder)
    kept, ended = [], 0
    for line in (folder / "ledger.jsonl").read_text().splitlines(keepends=True):
        ended += '"event": "run ended"' in line
        if ended > runs:
            break
        kept.append(line)
    (folder / "ledger.jsonl").write_text("".join(kept))
    return folder


def test_a_study_that_failed_wholly_says_so_and_why(tmp_path):
    failed = sw.run(f"{TINY}:DIVERGING", folder=tmp_path / "failed", executor="inline", trials=3)
    page = write_report(failed).read_text()
    assert "Nothing was chosen" in page and "the loss became NaN at update 3" in page
    assert "every run failed: there is nothing to choose from" in page
    assert "No trial of the search has a value of error: there is no history." in page
    assert "causes.csv" in page and 'id="choose"' in page  # its trials stand at the scatter's edge
    markdown = (failed.folder / "report/report.md").read_text()
    assert "every run failed" in markdown and "the loss became NaN" in markdown


def test_a_study_of_one_trial_says_what_cannot_be_known(tmp_path):
    one = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "one", executor="inline", trials=1)
    page = write_report(one).read_text()
    assert "Chosen: trial 0" in page and "confirmed" in page
    assert "Fewer than two configurations were explored: there is no tuning curve." in page
    assert "not resolved" in page and 'id="noise"' in page


@pytest.mark.parametrize("runs", [0, 1, 7, 14])
def test_a_study_that_is_running_says_what_is_missing(tmp_path, runs):
    whole = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "whole", executor="inline")
    running = sw.open_study(cut(whole, tmp_path / "running", runs))
    page = write_report(running, single_file=True).read_text()
    assert "the study is not finished: it stands in the step" in page
    assert "The study has not come to a choice yet." in page
    assert ("No run has ended yet." in page) == (runs == 0) and ('id="choose"' in page) == (runs > 0)
    assert "not come to a choice" in verdict(running).said[0].text
    for name in ("report.md", "slides.md"):
        assert "not finished" in (running.folder / "report" / name).read_text()


def broken(study):
    raise ZeroDivisionError("no cells <b>here</b>")


BROKEN = (Section("Mine", broken),)


def test_a_section_of_a_problem_that_fails_does_not_cost_the_report(tmp_path):
    study = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "study", executor="inline", trials=4)
    study.problem = replace(study.problem, sections=f"{__name__}:BROKEN")
    page = write_report(study).read_text()
    assert (
        "This section of tiny could not be made: ZeroDivisionError: no cells &lt;b&gt;here&lt;/b&gt; (test_page.py, line"
        in page
    )
    assert 'id="health"' in page


def test_notes_stars_and_hidden_trials_are_in_the_report(tmp_path):
    study = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "study", executor="inline", trials=5)
    note(study, 1, "worth a <b>look</b>", star=True)
    note(study, 2, hide=True)
    note(study, 3, hide=True)
    note(study, 3, hide=False)
    page = write_report(sw.open_study(study.folder)).read_text()
    data = (study.folder / "report/assets/data.js").read_text()
    assert "Trial 1: worth a &lt;b&gt;look&lt;/b&gt;" in page
    assert '"hidden":[2],"starred":[1]' in data
    assert sorted(pd.read_csv(study.folder / "report/tables/trials.csv")["trial"]) == [0, 1, 3, 4]
    assert set(pd.read_csv(study.folder / "report/tables/runs.csv")["trial"]) >= {2}
    with pytest.raises(InputError, match="needs a text, --star or --hide"):
        note(study, 1)


def test_each_number_of_the_verdict_names_its_runs_and_seeds(tmp_path):
    study = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "study", executor="inline", trials=4, command="sweepwright run tiny")
    page = write_report(study).read_text()
    fresh = study.select(trial=study.chosen, condition="all", within=Phase(Step.CONFIRM, Part.FRESH))
    numbers, seeds = (", ".join(str(getattr(run, name)) for run in fresh) for name in ("number", "seed"))
    assert f"runs {numbers} (seeds {seeds}); data tiny; sweepwright run tiny; tables/runs.csv" in page
    runs = pd.read_csv(study.folder / "report/tables/runs.csv")
    assert {run.seed for run in study.state.ended.values()} == set(runs["seed"])


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path):
    study = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "study", executor="inline", trials=2)
    shutil.rmtree(study.folder / "report", ignore_errors=True)
    (study.folder / "report").write_text("in the way")
    with pytest.raises(InputError, match=r"The report cannot be written to .*report: Not a directory"):
        write_report(study)


def test_drivers_of_a_staged_space_are_said_once_per_goal(tmp_path):
    study = sw.run(f"{TINY}:STAGED", folder=tmp_path / "study", executor="inline", settings={"budget": {"runs": 100}})
    said = driver_sentences(Analysis(study).drivers_of_goals)
    found = [one for one in said if one.code == "drivers"]
    assert (
        len(found) == 1
        and [one.code for one in said] == ["drivers", "location"]
        and found[0].text.startswith("Drivers of error: x")
    )
    assert "not resolved: y, loss" in found[0].text


def test_paper_figures_come_on_request(tmp_path):
    study = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "study", executor="inline", trials=4)
    write_report(study, figures=True)
    figures = study.folder / "report/figures"
    for old in (figures / "gone.svg", figures / "gone.pdf", study.folder / "report/tables/gone.csv"):
        old.write_text("of an earlier report")
    (figures / "history.pdf").write_text("old")
    write_report(study)  # what was asked for once is kept up to date
    assert (figures / "history.pdf").read_bytes().startswith(b"%PDF") and not list(study.folder.glob("report/*/gone.*"))
    names = {path.stem for path in figures.glob("*.svg")}
    assert (
        names == {path.stem for path in figures.glob("*.png")} == {path.stem for path in figures.glob("*.pdf")}
        and len(names) > 5
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 700])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_in_a_browser_from_disk(hostile, tmp_path, width, scheme):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    options = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("requestfailed", lambda request: trouble.append(request.url))
        page.goto(hostile.as_uri())
        assert page.title().startswith("study: phenotype")
        assert page.locator("#verdict .choice").inner_text().startswith("Chosen: trial")
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((one) => (one.open = true))"
        )  # what is folded away, too
        for figure in page.locator("[data-figure]").all():
            figure.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelectorAll('[data-figure]:not(.alive)').length === 0")
        assert page.locator(".chart .live svg").count() >= 20
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        browser.close()
        assert trouble == []
