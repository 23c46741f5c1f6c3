"""The report's page: opens offline, says what is there and what is missing, and data cannot do anything in it."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import sweepwright as sw
from sweepwright.problems.phenotype.simulate import simulate
from sweepwright.report.page import write_report
from sweepwright.report.verdict import verdict

TINY = Path(__file__).parents[1] / "study/tiny.py"
HOSTILE = '<script>document.title="owned"</script>&"\'<img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """A small study whose class and feature names are markup."""
    folder = tmp_path_factory.mktemp("page")
    table = simulate(cells=150, features=6, classes=3, strength=2.0)
    table["label"] = table["label"].replace({"class 0": HOSTILE, "class 1": "naïve 🦠 class"})
    table = table.rename(columns={"DP__block_0_0": f"DP__{HOSTILE}"})
    table.to_parquet(folder / "cells.parquet")
    settings = {"protocol": {"finalists": {"draws": 1}, "confirm": {"controls": False}}}
    study = sw.run(
        "phenotype",
        folder=folder / "study",
        preset="quick",
        executor="inline",
        data=str(folder / "cells.parquet"),
        folds=3,
        settings=settings,
    )
    return write_report(study)


def test_names_from_data_are_escaped(hostile):
    page = hostile.read_text()
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in page


def test_every_linked_file_is_there(hostile):
    import re

    for link in re.findall(r'href="([^"#]+)"', hostile.read_text()):
        assert (hostile.parent / link).exists(), link
    tidy = pd.read_csv(hostile.parent / "tables/confusion.csv")
    assert list(tidy.columns) == ["True_Label", "Predicted_Label", "Count"] and tidy["Count"].sum() == 150


def test_selection_and_nested_estimate_stand_side_by_side(hostile):
    page = hostile.read_text()
    assert "selection score" in page and "nested estimate" in page and "optimistic" in page


def test_a_study_that_runs_or_failed_or_has_one_trial_gets_a_page(tmp_path):
    failed = sw.run(f"{TINY}:DIVERGING", folder=tmp_path / "failed", executor="inline", trials=3)
    page = write_report(failed).read_text()
    assert "Nothing was chosen" in page and "the loss became NaN at update 3" in page
    one = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "one", executor="inline", trials=1)
    assert "Chosen: trial 0" in write_report(one).read_text()
    lines = (one.folder / "ledger.jsonl").read_text().splitlines(keepends=True)
    running = tmp_path / "running"
    shutil.copytree(one.folder, running)
    (running / "ledger.jsonl").write_text("".join(lines[:6]))
    assert "not finished" in write_report(sw.open_study(running)).read_text()
    assert "not come to a choice" in verdict(sw.open_study(running)).sentences[0].text


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
        assert page.locator("#verdict strong").inner_text().startswith("Chosen: trial")
        assert page.locator(".chart svg").count() >= 5
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        browser.close()
        assert trouble == []
