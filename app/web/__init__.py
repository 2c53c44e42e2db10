"""The HTTP side of the service: webhooks, probes, set-up and pages.

`protocol` limits the size of a request's head and its duration, `body` the size of its body. `webhooks` verifies and
records deliveries, `handlers` turn each event into jobs without I/O, `payload` reads GitHub's JSON without trusting its
shape, and `site` serves every other path.
"""
