"""The study file: defaults written out, goals from text, layers, and the published schema."""

import json
from pathlib import Path

import yaml

from sweepwright.running.schema import study_file_schema
from sweepwright.study.find_problem import find, installed
from sweepwright.study.study_file import complete, merged, validated, write_file

ROOT = Path(__file__).parents[2]


def test_every_default_is_written_out_and_read_back():
    file = complete(find(installed()["phenotype"]), {"problem": "phenotype", "preset": "quick"}, "a test")
    again = validated(yaml.safe_load(write_file(file)), "a test")
    assert again == file
    assert file.protocol.confirm.how == "nested" and file.data["folds"] == 5 and file.data["group"] is None


def test_what_is_written_wins_over_the_preset_and_the_preset_over_the_problem():
    file = complete(find(installed()["phenotype"]), {"problem": "phenotype", "preset": "quick", "data": {"folds": 7}}, "a test")
    assert file.data["folds"] == 7 and file.space["C"]["float"]["grid"] == 4


def test_a_parameter_is_replaced_whole_and_sections_key_by_key():
    first = {"space": {"C": {"float": {"low": 1}}, "r": 1}, "data": {"a": 1, "b": 2}}
    assert merged(first, {"space": {"C": {"choice": {"values": [1]}}}, "data": {"b": 3}}) == {
        "space": {"C": {"choice": {"values": [1]}}, "r": 1},
        "data": {"a": 1, "b": 3},
    }


def test_the_published_schema_is_current():
    assert json.loads((ROOT / "docs/study.schema.json").read_text()) == study_file_schema()
