"""Canary measurements reach the incident's page as numbers, through the status of the deployment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasks import page_content
from app.web.pages import drawing, incident_page
from hotfix.gates.measured_series import LONGEST, MeasuredSeries, decode, encode
from hotfix.github.read.life import deployment_parts
from hotfix.github.write.rollout.deployments import log_address

BEGAN = 1_772_334_720.0
LOG = "https://github.com/acme/shop/actions/runs/7"
RISING = MeasuredSeries("errors; of: a=b, c&d#e", 0.01, tuple((BEGAN + at, at / 1000) for at in range(0, 60, 15)))


def test_numbers_are_read_as_they_were_written() -> None:
    other = MeasuredSeries("latency", 0.5, ((BEGAN + 5, 0.25),))
    assert decode(encode([RISING, other])) == (RISING, other)
    assert encode([]) == encode([MeasuredSeries("none", 1, ())]) == ""


@given(
    st.lists(
        st.builds(
            MeasuredSeries,
            st.text(max_size=80),
            st.floats(-1e9, 1e9),
            st.lists(st.tuples(st.floats(BEGAN, BEGAN + 1e6), st.floats(-1e9, 1e9)), max_size=300).map(tuple),
        ),
        max_size=6,
    )
)
def test_a_text_is_short_and_read_again(found: list[MeasuredSeries]) -> None:
    """The first and last number of each kept series are preserved, however many numbers there are."""
    text = encode(found)
    assert len(text) <= LONGEST
    whole = [one for one in found if one.points]
    for read, written in zip(decode(text), whole, strict=False):
        assert read.gate == written.gate.encode(errors="replace").decode() or read.gate == written.gate
        assert read.points[0][0] == round(written.points[0][0])
        assert read.points[-1][1] == pytest.approx(written.points[-1][1], rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["x", "a:b:c:d", "a:1:2:3", "a:1:2:0=nan", "a:inf:2:0=1", "a:1:-9:0=1", ":::;", "a:1:2:0=1;b"]
)
def test_a_text_of_others_is_no_series(text: str) -> None:
    assert decode(text) == ()


def test_a_canary_s_numbers_are_drawn_on_the_incident() -> None:
    """This includes a failed canary, whose last points are above the limit."""
    address = f"{LOG}#hotfix-measured=health&hotfix-series={encode([RISING])}"
    found = log_address(address)
    assert (found.url, found.measured) == (LOG, frozenset({"health"}))
    assert log_address(f"{LOG}#hotfix-measured=health").series == log_address(LOG).series == ""
    status = {
        "state": "FAILURE",
        "createdAt": "2026-03-01T03:13:00Z",
        "creator": None,
        "description": "",
        "logUrl": address,
    }
    node = {
        "databaseId": 5, "commitOid": "2" * 40, "createdAt": "2026-03-01T03:12:00Z", "creator": None, "ref": None,
        "payload": '{"hotfix": {"kind": "deploy"}}', "statuses": {"nodes": [status]},
    }  # fmt: skip
    (deployment,) = deployment_parts.seen([node], "production", {"v1.2.4-hotfix.1": "2" * 40})
    assert deployment.series[0].points[1] == (datetime(2026, 3, 1, 3, 12, 15, tzinfo=UTC), 0.015)
    life = {"deployments": [page_content.deployment(deployment)], "watch": None}
    (series,) = incident_page.measured(life)
    plot = drawing.line_plot(series)
    assert plot.name == "errors; of: a=b, c&d#e, deploying v1.2.4-hotfix.1 to production"
    assert [dot.over for dot in plot.dots] == [False, True, True, True]
    assert (plot.most, plot.has_most_label, plot.has_zero_label) == (0.045, True, True)
    assert [dot.x for dot in plot.dots][::3] == [0.0, 100.0]
    assert [(x, time) for x, _, time in plot.ticks] == [("0%", "03:12:00"), ("50%", "03:12:22"), ("100%", "03:12:45")]
    far = drawing.line_plot({"name": "errors", "limit": 0.001, "points": [(BEGAN, 0.05)]})
    assert (far.has_most_label, far.has_zero_label) == (True, False)
    assert (far.dots[0].x, [x for x, _, _ in far.ticks]) == (50.0, ["50%"])
    assert incident_page.measured({"deployments": [{"name": "v1", "environment": "x"}], "watch": None}) == []
