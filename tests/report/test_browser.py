"""The page in a real browser: every view follows one selection, by mouse and by keyboard alone, and names can do nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml

import sweepwright as sw
from sweepwright.answers.answer import FullAnswer
from sweepwright.report.writing import write_report

pytestmark = pytest.mark.browser
WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> Path:
    """A finished study with its report; the folder is a copy."""
    folder = tmp_path_factory.mktemp("browser") / "study"
    shutil.copytree(sw.report.example_study().folder, folder)
    write_report(sw.open_study(folder), single_file=True)
    return folder


@pytest.fixture(scope="module")
def launch():
    """Starts Debian's chromium with some arguments."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield lambda *arguments: playwright.chromium.launch(executable_path=path, args=[*QUIET, *arguments])


@pytest.fixture(scope="module")
def chromium(launch):
    browser = launch(*WEBGL)
    yield browser
    browser.close()


@pytest.fixture
def page(chromium, reported) -> Iterator:
    """The page of the report at 1280 pixels; anything that goes wrong in it fails the test."""
    opened, trouble = chromium.new_page(viewport={"width": 1280, "height": 1000}), []
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("requestfailed", lambda request: trouble.append(request.url))
    opened.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:", "blob:")) else trouble.append(request.url)
    )
    opened.goto((reported / "report/index.html").as_uri())
    yield opened
    opened.close()
    assert trouble == []


def count(page) -> int:
    return int(page.locator("#choose-count").inner_text().split()[0])


def unfold(page) -> None:
    """Open what is folded away, as a reader does by a click."""
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")


def settled(page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drag(page, locator, dx: float, dy: float) -> None:
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()
    settled(page)


def test_dragging_a_threshold_changes_the_table_the_rule_and_the_address(page):
    before, rule = count(page), page.locator("#choose-rule").inner_text()
    assert rule == 'tranches:\n  selection: "f1 >= 0.7"'  # the goal's bound
    drag(page, page.locator('[data-line="x"] rect'), 300, 0)
    after, rule = count(page), page.locator("#choose-rule").inner_text()
    assert 0 < after < before and page.locator("#choose-table tbody tr").count() == after
    bound = float(re.findall(r"f1 >= ([\d.]+)", rule)[0])
    assert bound > 0.8 and "bound" in page.url
    values = [float(t) for t in page.locator("#choose-table tbody tr td:nth-child(2)").all_inner_texts()]
    assert min(values) >= bound - 1e-4


def test_the_rule_of_the_page_selects_the_same_trials_in_the_study_file(page, reported, tmp_path):
    drag(page, page.locator('[data-line="x"] rect'), 350, 0)
    drag(page, page.locator('[data-line="y"] rect'), 0, 90)
    page.locator('[data-handle$=" hi"][aria-label*="width"]').focus()
    page.keyboard.press("ArrowDown")
    settled(page)
    rule = page.locator("#choose-rule").inner_text()
    assert rule.count(" and ") == 2 and "width <= " in rule
    shown = {int(t.split()[0].strip("★ ")) for t in page.locator("#choose-table tbody tr td:first-child").all_inner_texts()}
    study = sw.open_study(reported)
    study.file = study.file.model_copy(update={"tranches": yaml.safe_load(rule)["tranches"]})
    assert set(FullAnswer.of(study).tranches["selection"]) == shown and shown


def test_brushing_an_axis_filters_every_view(page):
    tradeoff = page.locator('[data-figure="tradeoff"]')
    unfold(page)
    tradeoff.scroll_into_view_if_needed()
    page.wait_for_selector('[data-figure="tradeoff"].alive')
    faded = 'path[opacity="0.06"], path[style*="opacity: 0.06"]'
    whole, quiet = count(page), tradeoff.locator(faded).count()
    area = page.locator(".brush-area").nth(0)
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    x, low, high = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6, box["y"] + box["height"] * 0.35
    page.mouse.move(x, low)
    page.mouse.down()
    page.mouse.move(x, (low + high) / 2)
    page.mouse.move(x, high)
    page.mouse.up()
    settled(page)
    page.wait_for_timeout(150)
    assert 0 < count(page) < whole
    assert page.locator("#choose-table tbody tr").count() == count(page)
    assert "learning_rate >=" in page.locator("#choose-rule").inner_text()
    total = page.evaluate("SWEEPWRIGHT.size")
    assert tradeoff.locator(faded).count() == total - count(page) > quiet
    assert len(page.evaluate("Object.keys(SWEEPWRIGHT.selected)")) == count(page)


def test_the_inactive_band_can_be_brushed(page):
    k = page.evaluate("SWEEPWRIGHT.trials.columns.filter(c => c.kind === 'parameter').findIndex(c => c.name === 'margin')")
    area = page.locator(".brush-area").nth(k)
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    x, bottom = box["x"] + box["width"] / 2, box["y"] + box["height"]
    page.mouse.move(x, bottom - 17)
    page.mouse.down()
    page.mouse.move(x, bottom - 8)
    page.mouse.move(x, bottom - 3)
    page.mouse.up()
    settled(page)
    assert "margin inactive" in page.locator("#choose-rule-note").inner_text()
    losses = page.locator("#choose-table tbody tr td:nth-child(7)").all_inner_texts()
    assert set(losses) == {"contrastive"}


def test_clicking_a_point_opens_its_trial_and_escape_closes_it(page):
    spot = page.evaluate(
        """() => { const svg = document.querySelector('#choose-scatter svg'); svg.scrollIntoView(); const b = svg.getBoundingClientRect();
        return [b.left, b.top, b.width, b.height]; }"""
    )
    canvas = page.locator("#choose-scatter canvas")
    for share in range(95, 40, -1):  # from the right, where the good ones are, until a point is met
        for height in range(10, 90, 4):
            page.mouse.move(spot[0] + spot[2] * share / 100, spot[1] + spot[3] * height / 100)
            if page.locator("#choose-tip").is_visible():
                break
        else:
            continue
        break
    said = page.locator("#choose-tip strong").inner_text()
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector("dialog[open]")
    number = int(said.split()[1])
    assert canvas.count() == 1 and page.locator("dialog h2").inner_text() == f"Trial {number}"
    study = sw.report.example_study()
    seeds = {str(run.seed) for run in study.trial(number).runs}
    assert seeds <= set(page.locator("dialog table td").all_inner_texts())
    assert page.locator("dialog .curves svg").count() == 2 and f"trial={number}" in page.url
    page.keyboard.press("Escape")
    page.wait_for_function("!location.hash.includes('trial=')")
    assert page.locator("dialog[open]").count() == 0


def test_the_keyboard_alone_reaches_thresholds_axes_table_and_trial(page):
    reached: dict[str, str] = {}
    for _ in range(140):
        page.keyboard.press("Tab")
        what = page.evaluate(
            "document.activeElement.dataset.line ?? document.activeElement.dataset.handle ?? document.activeElement.dataset.trial ?? ''"
        )
        if what:
            reached.setdefault(
                what, page.evaluate("document.activeElement.getAttribute('role') ?? document.activeElement.tagName")
            )
        if len([k for k in reached if k.isdigit()]) >= 2:
            break
    assert reached["x"] == reached["y"] == "slider" and sum(" lo" in k or " hi" in k for k in reached) == 16
    page.locator('[data-line="x"]').focus()
    before = count(page)
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    settled(page)
    assert count(page) < before and page.evaluate("document.activeElement.dataset.line") == "x"
    assert page.locator('[data-line="x"]').get_attribute("aria-valuetext").startswith("at least 0.")
    page.keyboard.press("Delete")
    settled(page)
    assert count(page) == page.evaluate("SWEEPWRIGHT.size")
    page.locator("#choose-table tbody tr").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.locator("#choose-table thead button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("#choose-table thead th").nth(2).get_attribute("aria-sort") == "ascending"


def test_keys_that_come_faster_than_frames_all_count(page):
    press = """([key, times]) => { const line = document.querySelector('[data-line="x"]');
        for (let i = 0; i < times; i++) line.dispatchEvent(new KeyboardEvent('keydown', {key, cancelable: true})); }"""
    place = "Number(document.querySelector('[data-line=\"x\"]').getAttribute('aria-valuenow'))"
    begin = page.evaluate(place)
    page.evaluate(press, ["ArrowRight", 1])
    settled(page)
    step = page.evaluate(place) - begin
    page.evaluate(press, ["ArrowRight", 9])
    settled(page)
    assert page.evaluate(place) - begin == pytest.approx(10 * step, rel=0.1)


def test_the_address_reproduces_the_view(page, chromium, reported):
    page.select_option("#choose-color", label="width")
    drag(page, page.locator('[data-line="x"] rect'), 250, 0)
    for row in (0, 3):
        page.locator("#choose-table tbody input").nth(row).check()
    again = chromium.new_page(viewport={"width": 1280, "height": 1000})
    again.goto(page.url)
    for place in ("#choose-count", "#choose-rule", "#choose-table", "#choose-pair"):
        assert again.locator(place).inner_text() == page.locator(place).inner_text()
    assert again.evaluate("document.getElementById('choose-color').selectedOptions[0].text") == "width"
    again.goto((reported / "report/index.html").as_uri() + "#x=nonsense&bound=%7B&trial=99999&sort=-&axes=3&pair=a,b")
    assert count(again) > 0
    again.close()


def test_bounds_include_their_value_and_exclude_what_has_none(page, reported):
    columns = {c["name"]: c["values"] for c in page.evaluate("SWEEPWRIGHT.trials.columns")}

    def at(*bounds) -> int:
        parts = urlencode([("x", "f1"), *(("bound", json.dumps(bound)) for bound in bounds)])
        page.goto("about:blank")
        page.goto((reported / "report/index.html").as_uri() + "#" + parts)
        return count(page)

    some = sorted(columns["f1"])[10]
    assert at(["f1", some, None, False]) == len(columns["f1"]) - 10 and at(["f1", None, some, False]) == 11
    active = [v for v in columns["margin"] if v is not None and v >= 0.2]
    assert 0 < len(active) < sum(v is not None for v in columns["margin"])
    assert at(["margin", 0.2, None, False]) == len(active)
    assert at(["margin", 0.2, None, True]) == len(active) + sum(v is None for v in columns["margin"])
    assert at() == len(columns["f1"])  # an address without a bound has none, though the goal does


def test_two_trials_side_by_side_show_differences_only(page):
    rows = page.locator("#choose-table tbody tr")
    first, second = (int(rows.nth(k).get_attribute("data-trial")) for k in (0, 2))
    for k in (0, 2):
        page.locator("#choose-table tbody input").nth(k).check()
    pair = page.locator("#choose-pair").inner_text()
    assert f"trial {first}" in pair and f"trial {second}" in pair and "margin" not in pair


def copied(page, number: int) -> dict[str, str]:
    """What the buttons of an opened trial copy."""
    page.evaluate(f"SWEEPWRIGHT.openTrial({number}, () => null)")
    page.wait_for_selector("dialog[open]")
    buttons = page.locator("dialog [data-copy]")
    return {b.get_attribute("data-copy"): b.get_attribute("data-text") for b in buttons.all()}


def test_a_trial_is_copied_as_yaml_python_and_a_command_that_runs_it(page, tmp_path):
    study = sw.report.example_study()
    chosen = study.chosen
    found, configuration = copied(page, chosen), dict(study.trial(chosen).configuration)
    assert yaml.safe_load(found["YAML"]) == {"incumbent": configuration}
    names: dict = {}
    exec(found["Python"], names)
    assert names["configuration"] == configuration
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", found["command"]], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    again = sw.open_study(tmp_path / "studies/trial")
    assert [dict(trial.configuration) for trial in again.state.trials.values()] == [configuration]


def test_copies_of_odd_values_mean_the_same(page):
    odd = {"tiny": 1e-7, "large": 1.5e22, "none": None, "yes": True, "text": 'it\'s "x": 🧬 # no', "on": "no", "whole": 3}
    panel = {"identity": "", "role": "", "invalid": "", "configuration": odd, "default": {}, "differs": [], "notes": [],
             "measures": [], "runs": [], "curves": {}, "files": []}  # fmt: skip
    page.evaluate("panel => SWEEPWRIGHT.addTrial(4711, panel)", panel)
    found = copied(page, 4711)
    assert yaml.safe_load(found["YAML"]) == {"incumbent": odd}
    names: dict = {}
    exec(found["Python"], names)
    assert names["configuration"] == odd


def test_the_csv_of_the_selection_holds_the_selection(page):
    with page.expect_download() as download:
        page.locator("#choose-csv").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) - 1 == count(page) and lines[0].startswith("trial,f1,aligned_rmse,parameters")


def test_a_view_that_turns_is_drawn_by_webgl(page):
    unfold(page)
    button = page.locator("[data-turns]")
    button.scroll_into_view_if_needed()
    button.click()
    page.wait_for_selector(".turning canvas", timeout=20_000)
    assert page.locator(".turning .gl-container canvas").count() > 0


def test_without_webgl_a_still_picture_stands_there(launch, reported):
    browser = launch("--disable-gpu", "--disable-3d-apis")
    page = browser.new_page()
    page.goto((reported / "report/index.html").as_uri())
    unfold(page)
    assert "no WebGL" in page.locator("[data-turns]").inner_text()
    assert page.locator("#figure-tradeoff_3d .still").count() == 1
    browser.close()


def test_the_single_file_opens_with_no_file_beside_it(chromium, reported, tmp_path):
    alone = shutil.copy(reported / "report/study.html", tmp_path / "alone.html")
    page, trouble = chromium.new_page(), []
    page.on(
        "request",
        lambda request: trouble.append(request.url) if not request.url.startswith(("data:", Path(alone).as_uri())) else None,
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(Path(alone).as_uri())
    assert count(page) > 0
    page.locator("#choose-table tbody tr").first.click()
    page.wait_for_selector("dialog[open] .curves svg")
    page.keyboard.press("Escape")
    unfold(page)
    page.locator('[data-figure="drivers"]').scroll_into_view_if_needed()
    page.wait_for_selector('[data-figure="drivers"].alive')
    links = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert all(link.startswith("#") for link in links)
    page.close()
    assert trouble == []


def test_the_page_prints(page, tmp_path):
    written = page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", written)) >= 4
    page.emulate_media(media="print")
    assert page.locator(".still").first.is_visible() and not page.locator("#choose-scatter").is_visible()


HOSTILE = '<!--<script>document.title="owned"</script>&"\'`${alert(1)}</script><img src=x onerror=alert(1)>'
NAMES = [HOSTILE, "x" * 200, "🧬 naïve \u202ekcab", 'a"b|c # d [[e]] $f$', "param.[0].*"]


@pytest.mark.parametrize("width", [1280, 700])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_names_of_everything_do_nothing(chromium, hostile_sweep, width, scheme):
    page, trouble = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme), []
    page.on("dialog", lambda dialog: trouble.append("a dialog opened") or dialog.dismiss())
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda request: trouble.append(request.url))
    for file in ("index.html", f"{hostile_sweep.name}.html"):
        page.goto((hostile_sweep / "report" / file).as_uri())
        unfold(page)
        for place in page.locator("[data-figure]").all():
            place.scroll_into_view_if_needed()
            page.wait_for_timeout(40)
        page.locator("#choose-table tbody tr").first.scroll_into_view_if_needed()
        page.locator("#choose-table tbody tr").first.click()
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Escape")
        for k in (0, 1):
            page.locator("#choose-table tbody input").nth(k).check()
        assert page.locator("main script, main img:not(.still)").count() == 0
        assert page.title() != "owned" and HOSTILE in page.locator("#choose-x").inner_text().replace("…", "") + HOSTILE
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()
    assert trouble == []


@pytest.fixture(scope="module")
def hostile_sweep(tmp_path_factory) -> Path:
    """An adopted sweep whose hyperparameters, values, measures and notes are hostile."""
    import numpy as np
    import pandas as pd

    from sweepwright.report.examples import example_study  # noqa: F401  (the room is loaded before warnings are errors)
    from sweepwright.running.marks import note

    folder = tmp_path_factory.mktemp("hostile")
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({f"params_{name}": rng.random(60) for name in NAMES[:3]})
    rows[f"params_{NAMES[3]}"] = rng.choice([HOSTILE, "b", "🦠" * 100], 60)
    rows["summary.score"] = rows.iloc[:, 0] + 0.1 * rng.standard_normal(60) + (rows.iloc[:, 3] == "b")
    rows[f"summary.{HOSTILE} measured"] = rng.random(60)
    rows.to_csv(folder / "sweep.csv", index=False)
    study = adopted(folder / "sweep.csv", folder / "study")
    note(study, 0, HOSTILE, star=True)
    write_report(sw.open_study(folder / "study"), single_file=True)
    return folder / "study"


def adopted(table: Path, folder: Path):
    goals = ["--goal", "score higher", "--goal", f"{HOSTILE} measured lower"]
    command = [sys.executable, "-m", "sweepwright", "adopt", str(table), "--folder", str(folder), *goals]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return sw.open_study(folder)


def test_the_data_of_the_page_are_the_numbers_of_the_study(page):
    study = sw.report.example_study()
    table = study.table()
    trials = json.loads(page.evaluate("JSON.stringify(SWEEPWRIGHT.trials)"))
    f1 = next(column for column in trials["columns"] if column["name"] == "f1")
    assert "tradeoff" in page.evaluate("SWEEPWRIGHT.linked")  # it reads that table, and has none of its own
    assert "trials" not in page.evaluate("SWEEPWRIGHT.figures.tradeoff.datasets")
    assert page.evaluate("Object.keys(SWEEPWRIGHT.figures.tradeoff.datasets).length") == 1  # the line of the front
    assert f1["values"] == pytest.approx(table["f1"].reindex(trials["trial"]).tolist(), rel=1e-5)
