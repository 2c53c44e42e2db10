"""GitHub Actions: what workflows and composite actions use."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.dependencies.containers import image
from hotfix.dependencies.model import Dependency
from hotfix.dependencies.tree import Array, Table
from hotfix.dependencies.yaml_text import read_yaml


def workflow(text: str) -> Iterator[Dependency]:
    for document in read_yaml(text):
        for name, job in document.table("jobs").tables():
            yield from _uses(job)
            yield from _container(job, "container", name)
            for service in job.table("services"):
                yield from _container(job.table("services"), service, name)
            yield from _steps(job.array("steps"))
        runs = document.table("runs")
        yield from _steps(runs.array("steps"))
        if runs.text("image").startswith("docker://"):
            yield image(runs.text("image")[9:], runs.where("image"))


def _steps(steps: Array) -> Iterator[Dependency]:
    for step in steps.tables():
        yield from _uses(step)


def _uses(table: Table) -> Iterator[Dependency]:
    """`owner/repo/path@ref`, `docker://image`; what lies in the same repository is no dependency."""
    uses, line = table.text("uses"), table.where("uses")
    if uses.startswith("docker://"):
        yield image(uses[9:], line)
    elif uses and not uses.startswith(("./", "../")):
        name, _, ref = uses.partition("@")
        yield Dependency(ecosystem="actions", name=name, version=ref, line=line)


def _container(table: Table, key: str, job: str) -> Iterator[Dependency]:
    value = table.get(key)
    if isinstance(value, str):
        yield image(value.removeprefix("docker://"), table.where(key), f"job {job}")
    elif isinstance(value, Table) and (reference := value.text("image")):
        yield image(reference.removeprefix("docker://"), value.where("image"), f"job {job}")
