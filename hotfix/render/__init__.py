"""Render a verdict as a check run summary, annotations, terminal output, JSON or workflow commands."""

from hotfix.render.check_annotations import Annotation, annotations, policy_annotations
from hotfix.render.check_page import summary, unknown, without_time
from hotfix.render.json_output import as_json
from hotfix.render.terminal import terminal, without_style
from hotfix.render.workflow_commands import github_commands

__all__ = [
    "Annotation",
    "annotations",
    "as_json",
    "github_commands",
    "policy_annotations",
    "summary",
    "terminal",
    "unknown",
    "without_style",
    "without_time",
]
