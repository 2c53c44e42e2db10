"""How a verdict looks, once for each place it is shown: check run, annotations, terminal, JSON, workflow commands."""

from hotfix.render.github import github_commands
from hotfix.render.json import as_json
from hotfix.render.places import Annotation, annotations, policy_annotations
from hotfix.render.summary import could_not_tell, summary, without_time
from hotfix.render.terminal import terminal, without_style

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
