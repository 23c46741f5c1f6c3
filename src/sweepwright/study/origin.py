"""Where a question comes from: a problem's name or address, a study file, or a study that stands in a folder."""

from dataclasses import dataclass, field
from pathlib import Path

from sweepwright.nouns.plain import Plain, Settings
from sweepwright.nouns.problem import Problem
from sweepwright.study.find_problem import find, full_address
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError, merged, read_file


@dataclass(frozen=True, slots=True)
class Origin:
    """What was named: the problem, and with it the keys of a study file, or a study that stands; `said` calls it in errors."""

    problem: Problem
    said: str
    written: Settings = field(default_factory=dict)
    stands: Study | None = None

    @classmethod
    def of(cls, named: "str | Problem | Origin") -> "Origin":
        """The origin of what was named; a Problem itself runs in this process."""
        if isinstance(named, Origin):
            return named
        if isinstance(named, Problem):
            return cls(named, "The call", {"problem": named.name, "executor": {"kind": "inline"}})
        path = Path(named)
        if (path / "study.yaml").is_file():
            study = Study.open(path)
            return cls(study.problem, str(path), stands=study)
        if path.suffix in (".yaml", ".yml"):
            written, said = read_file(path), str(path)
            if "problem" not in written:
                raise StudyFileError(f"{path} lacks the key 'problem'. Add for example: problem: phenotype")
        else:
            written, said = {"problem": named}, "The command"
        address = full_address(str(written["problem"]))
        in_a_file = address.split(":")[0].endswith(".py")  # written whole, so that it is found from any folder
        return cls(find(address), said, {**written, "problem": address} if in_a_file else written)

    def with_settings(self, settings: Settings) -> Plain:
        """The keys that were written, under those that are asked for now; a second problem is refused."""
        problem, other = self.written.get("problem"), settings.get("problem")
        if other not in (None, problem) and not (":" in str(other) and full_address(str(other)) == problem):
            raise StudyFileError(
                f"{self.said} asks for the problem {problem!r}, but the settings say {other!r}. Write one of them."
            )
        return {**merged(self.written, settings), "problem": problem}
