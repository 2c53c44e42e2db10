"""An invalid policy still defines which pull requests are hotfixes, as far as it can be read."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.policy.marks import HotfixMarks, of_broken
from hotfix.verdict import Conclusion, VerdictKind
from tests.contract.conftest import Service
from tests.github.acme import POLICY

OWN = POLICY.replace("label: hotfix", "label: emergency").replace("hotfix/*", "fix-now/*")


def labelled(acme: Any, label: str, branch: str = "quick") -> Any:
    acme.shop.commit(branch, {"src/cart.py": "x = 2\n"}, at="v1.2.3", author=acme.dev)
    return acme.dev.open_pull(acme.shop, head=branch, title="Quick", labels=[label] if label else [])


@pytest.mark.parametrize("broken", [OWN + "rules: {size: {max_linse: 3}}\n", OWN + "rules: [\n"])
def test_a_mistake_elsewhere_leaves_label_and_branches(service: Service, acme: Any, broken: str) -> None:
    """A mistake in another section doesn't affect the policy's own label and branches."""
    acme.shop.commit("main", {".github/hotfix.yml": broken})
    assert service.evaluate(labelled(acme, "emergency")).verdict.kind is VerdictKind.BROKEN_POLICY
    assert service.evaluate(labelled(acme, "", "fix-now/cart")).verdict.kind is VerdictKind.BROKEN_POLICY
    assert service.evaluate(acme.hotfix()).verdict.kind is VerdictKind.BROKEN_POLICY
    outcome = service.evaluate(labelled(acme, "feature", "feature"))
    assert (outcome.verdict.kind, outcome.verdict.conclusion) == (VerdictKind.NOT_A_HOTFIX, Conclusion.PASS)


def test_an_unreadable_policy_keeps_the_last_label(service: Service, acme: Any) -> None:
    """The last readable label stays in force."""
    acme.shop.commit("main", {".github/hotfix.yml": OWN})
    pull = labelled(acme, "emergency")
    assert service.evaluate(pull).verdict.kind is VerdictKind.HOTFIX
    acme.shop.commit("main", {".github/hotfix.yml": "lable: 3\n\t- [\n"})
    service.caches.policy_changed("acme/shop")
    for _ in range(2):
        assert service.evaluate(pull).verdict.kind is VerdictKind.BROKEN_POLICY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("label: emergency\nrules: {nope: 1}", HotfixMarks(("emergency",), ())),
        ("label: [a, b]\nbranches: {head: [x/*]}\n", HotfixMarks((), (("x/*",),))),
        ("branches:\n  head: y/*\nlabel: e\nrules: [", HotfixMarks(("e",), (("y/*",),))),
        ("\t", HotfixMarks((), ())),
        ("- label: x\n", HotfixMarks((), ())),
        ("label: x\n" * 30_000, HotfixMarks((), ())),
    ],
)
def test_of_a_broken_policy_what_is_valid_is_read(text: str, expected: HotfixMarks) -> None:
    assert of_broken(text) == expected


def test_a_broken_policy_fails_hotfixes_and_only_warns_others(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.shop.commit("main", {".github/hotfix.yml": "label: hotfix\nrules:\n  size:\n    max_linse: 3\n"})
    outcome = service.evaluate(pull)
    assert outcome.verdict.kind is VerdictKind.BROKEN_POLICY
    check = pull.check("hotfix")
    assert check["conclusion"] == "failure"
    assert ".github/hotfix.yml:4:5" in outcome.verdict.note
    acme.shop.commit("feature", {"src/cart.py": "y = 1\n"}, at="main", author=acme.dev)
    other = acme.dev.open_pull(acme.shop, head="feature", title="Feature")
    outcome = service.evaluate(other)
    assert (outcome.verdict.kind, outcome.verdict.conclusion) == (VerdictKind.NOT_A_HOTFIX, Conclusion.PASS)
    assert ".github/hotfix.yml:4:5" in other.check("hotfix")["output"]["summary"].replace("\\", "")


def test_a_broken_policy_is_annotated_on_its_own_lines(service: Service, acme: Any) -> None:
    acme.shop.commit("policy", {".github/hotfix.yml": "label: hotfix\nrules:\n  size:\n    max_linse: 3\n"}, at="main")
    pull = acme.dev.open_pull(acme.shop, head="policy", title="Policy")
    outcome = service.evaluate(pull)
    assert outcome.verdict.conclusion is Conclusion.PASS
    check = pull.check("hotfix")
    annotations = acme.shop.get(f"/check-runs/{check['id']}/annotations")
    assert [(a["path"], a["start_line"]) for a in annotations] == [(".github/hotfix.yml", 4)]
