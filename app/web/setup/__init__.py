"""Set up the service: register its GitHub App in the browser, write `.env`, then serve.

`application` serves the set-up, `link` protects it with a one-time token, `credentials` stores the App's credentials.
"""
