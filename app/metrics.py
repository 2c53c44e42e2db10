"""Prometheus metrics. Label values are bounded: no label takes values that users choose."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.13, 0.18, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

deliveries = Counter(
    "hotfix_deliveries_total", "Webhook deliveries answered", ["event", "outcome"]
)  # outcome: taken, duplicate, unhandled, refused, failed
ack_seconds = Histogram("hotfix_ack_seconds", "From a delivery's last byte to its acknowledgement", buckets=FAST)
verdicts = Counter("hotfix_verdicts_total", "Verdicts", ["kind", "conclusion", "published"])
verdict_seconds = Histogram(
    "hotfix_verdict_seconds", "From the first delivery that requested it to the verdict", buckets=SLOW
)
evaluation_seconds = Histogram(
    "hotfix_evaluation_seconds", "One evaluation, from its first call to its last", buckets=SLOW
)
evaluation_calls = Histogram(
    "hotfix_evaluation_calls", "GitHub calls of one evaluation", buckets=(1, 2, 3, 4, 5, 6, 8, 12, 20, 50)
)
jobs = Counter("hotfix_jobs_total", "Jobs run", ["kind", "outcome"])  # outcome: done, retry, dropped, error
jobs_running = Gauge("hotfix_jobs_running", "Jobs under way in this replica")
jobs_open = Gauge("hotfix_jobs_waiting", "Jobs enqueued and not done, all replicas together")
jobs_set_aside = Gauge("hotfix_jobs_set_aside", "Jobs that crashed the process three times; retried once an hour")
rate_left = Gauge("hotfix_github_rate_left", "Requests left this hour, as last reported by GitHub", ["installation"])
incidents_open = Gauge("hotfix_incidents_open", "Open incidents, all replicas together", ["stage"])
incident_debts = Gauge("hotfix_incident_debts_open", "Open back-merges, follow-ups and post-mortems")
incident_median = Gauge(
    "hotfix_incident_seconds_median", "Median of the incidents declared in 90 days; NaN without any", ["time_to"]
)  # time_to: declare, review, staging, production, restore
incident_counts = Gauge(
    "hotfix_incidents_90d", "Incidents declared in 90 days, by outcome", ["result"]
)  # result: declared, shipped, rolled_back, overridden, sla_kept, sla_missed
redelivered = Counter("hotfix_redeliveries_total", "Redeliveries requested")
