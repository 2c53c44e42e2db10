"""The differences between the five scenarios: the incident, the faulty code and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FORM = """\
### Severity

P0

### Category

{category}

### Component

{component}

### Users affected

40 %

### Revenue impact

2,000 an hour

### Incident commander

@kim

### Customer-facing

{customer_facing}

### What is broken

{problem}
"""
SPEC = """\
# HOTFIX: {title}

## Severity: P0

## Problem
{problem}

Fixes #{number}

## Impact
- Users affected: 40 %
- Revenue impact: 2,000 an hour
- Duration: 20 minutes

## Root Cause
{cause}

## Minimal Fix
{change}

## Files to Change
- {path} - {change}
- {test} - the case that broke

## Verification
1. {verification}

## Rollback Plan
Deploy v1.2.3 again

## Post-Fix Actions
- [ ] Create follow-up ticket for permanent fix
- [ ] Update monitoring/alerts
- [ ] Post-mortem scheduled
"""
MESSAGE = """\
hotfix: {change}

Fixes #{number}
Severity: P0

Changes:
- {change}

Tested:
- {verification}

Rollback: deploy v1.2.3 again
"""
FILES = {
    "README.md": "# Shop\n",
    "src/auth/session.py": "def is_valid(session, now):\n    return session.expires > now or session.renewed\n",
    "src/orders.py": "def order(cart):\n    return cart.items[0].price\n",
    "src/stock.py": "def book(stock, count):\n    return stock - count\n",
    "src/search.py": "def find(words, rows):\n    return [row for row in rows if all(w in row.text for w in words)]\n",
    "src/payments/refund.py": "def refund(paid, amount):\n    return -amount\n",
    "tests/test_shop.py": "def test_nothing():\n    assert True\n",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One scenario."""

    name: str
    """The name of the playbook and of the repository."""
    title: str
    category: str
    component: str
    problem: str
    cause: str
    change: str
    """A description of the fix, as in its commit message."""
    verification: str
    path: str
    fixed: str
    """The content of the fixed file."""
    policy: str = ""
    """Additional lines of the policy."""
    watch: bool = True
    """Whether the service watches gates; otherwise only the Action measures."""
    hour: str = "4s"
    """The duration of the service's watch."""
    customer_facing: bool = True
    releases: tuple[str, ...] = ("v1.2.3",)

    @property
    def form(self) -> str:
        """The incident's description."""
        facing = "yes" if self.customer_facing else "no"
        return self._filled(FORM, customer_facing=facing)

    @property
    def test(self) -> str:
        return f"tests/test_{self.path.rpartition('/')[2]}"

    def files(self, number: int) -> Mapping[str, str]:
        """Return the developer's changes: the fix, its test and the spec of incident `number`."""
        return {
            self.path: self.fixed,
            self.test: f"def test_it():\n    assert True  # {self.verification}\n",
            self.spec_path: self._filled(SPEC, number=number),
        }

    @property
    def spec_path(self) -> str:
        return f"specs/hotfix-{self.name}.md"

    def message(self, number: int) -> str:
        return self._filled(MESSAGE, number=number)

    def _filled(self, text: str, **more: object) -> str:
        known = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return text.format(**{**known, "test": self.test, **more})


SECURITY = Case(
    name="security",
    title="Expired sessions are accepted",
    category="Security vulnerability",
    component="login",
    problem="A session that has expired is accepted if it was ever renewed.",
    cause="The renewal is treated as a second login.",
    change="refuse expired sessions",
    verification="log in, wait for the session to end, reload: 401",
    path="src/auth/session.py",
    fixed="def is_valid(session, now):\n    return session.expires > now\n",
    policy="deploy: {workflow: hotfix-ship.yml, rollback_workflow: hotfix-rollback.yml}\n",
)
DATA = Case(
    name="data",
    title="Bookings make the stock negative",
    category="Data corruption or loss",
    component="warehouse",
    problem="Two bookings of the last item leave a stock of minus one.",
    cause="The stock is not checked when it is booked.",
    change="refuse to book more than there is",
    verification="book the last item twice: the second booking is refused",
    path="src/stock.py",
    fixed="def book(stock, count):\n    if count > stock:\n        raise ValueError(count)\n    return stock - count\n",
    watch=False,
    customer_facing=False,
)
ENDPOINT = Case(
    name="endpoint",
    title="Orders of empty carts answer 500",
    category="API endpoint down",
    component="checkout",
    problem="Every order of an empty cart answers 500.",
    cause="The first item is read before it is known to exist.",
    change="answer an empty cart without an error",
    verification="order an empty cart: 200",
    path="src/orders.py",
    fixed="def order(cart):\n    return cart.items[0].price if cart.items else 0\n",
    releases=("v1.2.2", "v1.2.3"),
)
PERFORMANCE = Case(
    name="performance",
    title="Searching takes ten seconds",
    category="Performance degradation",
    component="search",
    problem="Every search reads every row.",
    cause="The rows are compared word by word.",
    change="stop at the first fifty rows",
    verification="search for a common word: under a second",
    path="src/search.py",
    fixed="def find(words, rows):\n    return [row for row in rows[:50] if all(w in row.text for w in words)]\n",
    hour="1h",
    policy="deploy: {workflow: hotfix-ship.yml, rollback_workflow: hotfix-rollback.yml}\n",
)
PAYMENT = Case(
    name="payment",
    title="Refunds are booked twice",
    category="Payment processing failure",
    component="refunds",
    problem="A refund is booked although it was paid before.",
    cause="What was paid is not subtracted.",
    change="never refund more than was paid",
    verification="refund an order twice: the second refund is 0",
    path="src/payments/refund.py",
    fixed="def refund(paid, amount):\n    return -min(paid, amount)\n",
)
