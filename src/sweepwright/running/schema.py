"""The JSON schema of a study file, for editors: samplers and executors are those whose files are there."""

from sweepwright.nouns.plain import Plain
from sweepwright.running.executor import executor_names
from sweepwright.running.sampler import sampler_names
from sweepwright.study.study_file import StudyFile


def study_file_schema() -> Plain:
    """The schema of a study file, with the names that its samplers and executor may have.

    >>> study_file_schema()["$defs"]["Search"]["properties"]["sampler"]["enum"]
    ['gp', 'grid', 'nsga2', 'qmc', 'random', 'tpe']
    """
    schema = StudyFile.model_json_schema()
    parts = schema["$defs"]
    for part in ("Search", "Exploit"):
        parts[part]["properties"]["sampler"]["enum"] = list(sampler_names())
    parts["ExecutorSettings"]["properties"]["kind"]["enum"] = list(executor_names())
    return schema
