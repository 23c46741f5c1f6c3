"""Products: arrays with several readers, made when they are first asked for, and the kept model for other tools."""

import json
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from sweepwright.nouns.hashing import content_hash
from sweepwright.nouns.product import Product
from sweepwright.nouns.run import Run
from sweepwright.record.storage import read_arrays, write_arrays, write_text
from sweepwright.study.outcomes import complete_outcome
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError


def product(study: Study, name: str) -> dict[str, np.ndarray]:
    """A product by name: made once, kept beside the studies by the hash of what it was made from."""
    asked = next(p for p in study.problem.products if p.name == name)
    runs = _runs_of(study, asked) if asked.of == "draw" else []
    inputs: list[Any] = [study.problem.name, asked.name, asked.version, study.data_hash]
    inputs += [[run.number, run.seed, dict(run.configuration), dict(run.measured)] for run in runs]
    path = study.folder.parent / "products" / f"{asked.name}-{content_hash(*inputs)[:20]}.npz"
    if path.exists():
        return read_arrays(path)
    arguments = (study.data,) if asked.of == "data" else (study.data, [complete_outcome(study, run) for run in runs])
    made = asked.make(*arguments)
    if study.file.keep.products == "all":
        write_arrays(path, made)
    return dict(made)


def _runs_of(study: Study, asked: Product) -> list[Run]:
    """All folds of draw 0 of the chosen trial."""
    if study.chosen is None:
        raise StudyFileError(f"The product {asked.name!r} needs the chosen trial, and this study has not chosen yet.")
    runs = study.select(trial=study.chosen, condition=study.reference.name, draw=0)
    return list({run.replicate: run for run in runs if run.ending.succeeded}.values())


def write_model(study: Study) -> None:
    """Put the kept model beside the study, for other tools: `model/model.json` and `model/weights.safetensors`."""
    model, folder = study.model(), study.folder / "model"
    folder.mkdir(exist_ok=True)
    save_file({name: np.ascontiguousarray(array) for name, array in model.weights.items()}, folder / "weights.safetensors")
    about = {
        "name": model.name,
        "problem": study.problem.name,
        "configuration": model.configuration,
        "data_hash": model.data_hash,
        "versions": study.file.made.get("versions", {}),
        "facts": model.facts,
    }
    write_text(folder / "model.json", json.dumps(about, indent=1, ensure_ascii=False))
