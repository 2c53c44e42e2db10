"""The security-review rule."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.facts import Person, Review
from hotfix.finding import Finding, Status
from hotfix.rules import security_review
from tests.unit.factories import a_commit, a_facts, a_file
from tests.unit.rules.test_rule_review import CHANGES, OLD_SHA, said, with_reviews

SENSITIVE = (a_file("src/auth/session.py"), a_file("tests/test_session.py"))


def secured(*reviews: Review, **changes: Any) -> Finding:
    return security_review.check(
        with_reviews(*reviews, **{"files": SENSITIVE, **changes}), security_review.SecurityReviewOptions()
    )


@pytest.mark.parametrize(
    "path",
    [
        "src/auth/a.py",
        "src/AuthService.java",
        "lib/oauth_client.rb",
        "app/LoginController.cs",
        "billing/invoice.go",
        "src/payment-gateway.ts",
        "src/LoginForm.tsx",
        "src/loginInfo.ts",
        "login/dialogInput.tsx",
        "sign-in/designInput.tsx",
        "src/RbacService.java",
        "rbac/userBackup.go",
        "src/auth/userBackup.py",
        "src/jwt/verifierBackend.go",
        "password/handlerBackoff.py",
        "src/payments/stripesClient.ts",
        "src/auth/catalogInfo.ts",
        "src/StripeClient.ts",
        "config/secrets.yml",
        ".env.production",
        "certs/server.pem",
        ".github/hotfix.yml",
        "CODEOWNERS",
        "authorization/roles.py",
        "app/oidc.py",
        "src/ldap.ts",
        "src/mfa/a.py",
        "src/two_factor.rb",
        "app/user_acl.py",
        "infra/iam/main.tf",
        "src/api_keys.py",
        "src/TokenService.java",
        "src/WebSecurityConfig.java",
        "src/refund.py",
        "src/payouts/a.ts",
        "certs/server.crt",
        "id_ed25519",
        ".netrc",
        "etc/sudoers",
        "vault.hcl",
        "firestore.rules",
        "app/policies/post_policy.rb",
        "app/controllers/sessions_controller.rb",
        "lib/session-store.ts",
        "src/SessionCookie.java",
        "infra/bucket-policy.json",
        ".github/settings.yml",
    ],
)
def test_a_sensitive_path(path: str) -> None:
    assert secured(files=(a_file(path),)).status is Status.PENDING


@pytest.mark.parametrize(
    "path",
    [
        "src/author.py",
        "authors.json",
        "docs/login.md",
        "specs/hotfix-login.md",
        "src/keyboard.py",
        "lesson.py",
        "src/dialogInput.tsx",
        "src/DialogInfo.vue",
        "src/blogIndex.tsx",
        "src/designInput.tsx",
        "src/design_info.py",
        "src/HeaderBackground.tsx",
        "src/userBackup.go",
        "src/StripedTable.tsx",
        "src/tokenizer.py",
        "src/miami.py",
        "src/oracle.py",
        "src/retry_policy.py",
        "app/db/session.py",
        "src/network/session.ts",
    ],
)
def test_a_path_that_only_looks_like_one(path: str) -> None:
    assert secured(files=(a_file(path),)).status is Status.PASSED


def test_a_pass_says_that_it_goes_by_names() -> None:
    """A name does not show everything that has to do with logging in."""
    passed = secured(files=(a_file("src/session.js"),))
    assert (
        passed.message
        == "No changed path has a name of `rules.security-review.paths`: auth, payment, secrets, policies"
    )


def test_a_moved_file_is_sensitive_by_its_old_path_too() -> None:
    assert secured(files=(a_file("src/a.py", previous_path="src/auth/a.py"),)).status is Status.PENDING


def test_someone_of_the_security_team_approves() -> None:
    finding = secured(said("sec"))

    assert (finding.status, finding.message) == (
        Status.PASSED,
        "approved for security by sec at 2222222 (src/auth/session.py)",
    )
    assert secured(said("lead")).status is Status.PENDING
    assert secured(said("lead")).actors == ("sec",)
    assert secured(said("sec", sha=OLD_SHA)).status is Status.PENDING
    assert secured(said("sec", CHANGES)).status is Status.FAILED
    assert secured(said("sec", CHANGES, sha=OLD_SHA)).status is Status.PENDING
    assert secured(said("sec"), commits=(a_commit(author=Person("sec")),)).status is Status.FAILED


def test_one_person_does_not_approve_twice() -> None:
    both = frozenset({"lead", "sec"})

    assert secured(said("lead"), security=both).status is Status.PENDING
    assert secured(said("lead"), security=both).actors == ("sec",)
    assert secured(said("lead"), said("boss"), security=both).status is Status.PASSED
    assert secured(said("lead"), said("sec"), security=both).status is Status.PASSED


def test_without_a_second_person_the_policy_must_name_one() -> None:
    none = secured(security=frozenset())
    assert none.status is Status.FAILED
    assert none.message == "src/auth/session.py needs an approval for security, but no security team is named"
    assert "people.security in .github/hotfix.yml" in none.remediation
    one = secured(said("lead"), leads=frozenset({"lead"}), security=frozenset({"lead"}))
    assert one.status is Status.FAILED


def test_in_a_local_clone_only_the_need_for_it_is_known() -> None:
    assert security_review.check(a_facts(pull=None), security_review.SecurityReviewOptions()).status is Status.PASSED
    finding = security_review.check(a_facts(pull=None, files=SENSITIVE), security_review.SecurityReviewOptions())
    assert finding.status is Status.NOT_EVALUATED


def test_a_list_of_files_cut_short_does_not_pass() -> None:
    assert secured(files=(a_file(),), missing={"files": "GitHub lists at most 3,000 files."}).status is Status.UNKNOWN


@pytest.mark.parametrize("path", ["src/\u0430uth/a.py", "src/\uff41\uff55\uff54\uff48/a.py", "src/pass\u200bword.py"])
def test_a_path_that_looks_sensitive_is_sensitive(path: str) -> None:
    """Homoglyphs, full-width letters and zero-width characters look like the sensitive path."""
    assert secured(files=(a_file(path),)).status is Status.PENDING
