"""The web pages: `Act now`, incidents, pull requests, figures and webhook deliveries.

`pages_app` holds the routes, `login` and `page_access` identify the viewer and check their access, `origin` rejects
cross-site requests, `rendering` renders the templates, `live` notifies open pages of changes. Each page is a module of
its own. Pages read from `app.storage.snapshots`; GitHub is queried only for permissions and for a delivery's payload.

`static/` holds htmx 2.0.11 and its extension for server-sent events 2.2.4, as published on npm (0BSD).
"""
