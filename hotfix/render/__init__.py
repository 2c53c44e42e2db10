"""How a verdict looks, once for each place it is shown: check run, annotations, terminal, JSON, workflow commands."""

from hotfix.render.json_output import as_json
from hotfix.render.places import Annotation, annotations, policy_annotations
from hotfix.render.summary import could_not_tell, summary, without_time
from hotfix.render.terminal import terminal, without_style
from hotfix.render.workflow_commands import github_commands

__all__ = [
    "Annotation",
    "annotations",
    "as_json",
    "could_not_tell",
    "github_commands",
    "policy_annotations",
    "summary",
    "terminal",
    "without_style",
    "without_time",
]
