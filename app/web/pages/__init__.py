"""The pages for people: who must act now, one incident, one pull request, the figures, the deliveries.

`application` lists them, `login` and `viewer` say who looks and what they may see, `origin` refuses what another site
sends, `rendering` draws the templates, `live` says on open pages what changed. Each page is a module of its own. They
read what `app.storage.snapshots` holds; GitHub is asked only for permissions and for a delivery's payload.

`static/` holds htmx 2.0.11 and its extension for server-sent events 2.2.4, as published on npm (0BSD).
"""
