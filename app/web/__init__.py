"""Answer HTTP: webhooks, probes, set-up and pages.

`protocol` bounds a request's head and time, `body` its size, `webhooks` verifies and records a delivery, `handlers`
turn each event into jobs without reading or writing anything, `payload` reads GitHub's JSON without trusting its
shape, `site` answers every other path.
"""
