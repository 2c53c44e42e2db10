"""The durable queue and its database: jobs, workers, replicas, budgets and event storms."""
