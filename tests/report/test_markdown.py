"""report.md and slides.md: valid in Obsidian and on GitHub, with links that exist, and text that marks nothing up."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import sweepwright as sw
from sweepwright.report.markdown import said, table
from sweepwright.report.slides import SLIDES
from sweepwright.report.writing import write_report

pytestmark = pytest.mark.slow

MARP = "@marp-team/marp-cli@4"
GITHUB = MarkdownIt("gfm-like", {"linkify": False})


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("markdown") / "study"
    shutil.copytree(sw.report.example_study().folder, folder)
    write_report(sw.open_study(folder))
    return folder / "report"


@pytest.mark.parametrize("name", ["report.md", "slides.md"])
def test_every_link_is_relative_and_there(report, name):
    text = (report / name).read_text()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 10
    for link in links:
        assert not link.startswith(("/", "http")) and (report / link).exists(), link


def test_the_report_renders_with_its_tables_and_pictures(report):
    text = (report / "report.md").read_text()
    front, body = text.split("---\n", 2)[1:]
    assert front.startswith("title:") and "<" not in re.sub(r"\\<", "", body)
    html = GITHUB.render(body)
    assert html.count("<table>") >= 4 and html.count("<img") >= 12
    for heading in ("Verdict", "Drivers", "Trade-offs", "Noise and robustness", "Health of the training", "Provenance"):
        assert f"<h2>{heading}" in html
    assert "confirmed" in html and "optimistic" in html and "seeds" in html


def test_the_slides_are_one_per_figure(report):
    text = (report / "slides.md").read_text()
    assert text.startswith("---\nmarp: true")
    places = sum(f"\n## {title}\n" in text for title, _ in SLIDES)
    assert text.count("\n---\n") == len(list((report / "figures").glob("*.svg"))) + places + 2 and places >= 3


def test_marp_turns_the_slides_into_html(report, tmp_path):
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("Node is not installed")
    out = tmp_path / "slides.html"
    command = [npx, "--yes", MARP, str(report / "slides.md"), "-o", str(out), "--no-stdin"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path)
    except subprocess.TimeoutExpired:
        pytest.skip("Marp could not be fetched from npm in time")
    if done.returncode and "npm error" in done.stderr.replace("ERR!", "error"):
        pytest.skip("Marp could not be fetched from npm")
    assert done.returncode == 0, done.stderr
    html = out.read_text()
    assert html.count("<section") == (report / "slides.md").read_text().count("\n---\n")
    assert "figures/history.svg" in html


NASTY = st.text(alphabet=st.sampled_from(list("ab<>|*_`[]()#$~=^%&!\\\"'{}@-+1.:/\n\t🦠\u202e ")), max_size=30)


@given(NASTY)
def test_text_from_data_marks_nothing_up(text):
    inline = GITHUB.parseInline(said(text))[0].children or []
    assert {token.type for token in inline} <= {"text", "text_special"}
    plain = "".join(token.content for token in inline)
    assert " ".join(plain.split()) == " ".join(text.replace("\u202e", "").split())


@given(st.lists(NASTY, min_size=1, max_size=4), NASTY)
def test_a_table_keeps_its_shape_whatever_is_in_it(cells, name):
    frame = pd.DataFrame([cells], columns=[f"{name}{i}" for i in range(len(cells))])
    html = GITHUB.render(table(frame))
    assert html.count("<th") - html.count("<thead") == len(cells) == html.count("<td")
