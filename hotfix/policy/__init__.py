"""The policy: a repository's `.github/hotfix.yml`, its defaults and its errors."""

from hotfix.policy.model import Policy

PATH = ".github/hotfix.yml"
"""Where the policy lives in a repository."""

__all__ = ["PATH", "Policy"]
