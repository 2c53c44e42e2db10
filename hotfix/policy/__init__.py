"""Load the policy: a repository's `.github/hotfix.yml`, its defaults and its errors."""

from hotfix.policy.load import load
from hotfix.policy.model import Policy
from hotfix.policy.policy_error import PolicyError
from hotfix.policy.schema import schema
from hotfix.text.yaml_tree import YamlProblem

PATH = ".github/hotfix.yml"
"""Where the policy lives in a repository."""

__all__ = ["PATH", "Policy", "PolicyError", "YamlProblem", "load", "schema"]
