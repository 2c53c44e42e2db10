"""Set the service up: register its GitHub App in the browser, write `.env`, and go on to serve.

`application` runs until then, `link` guards it by a token that works once, `credentials` writes what GitHub answered.
"""
