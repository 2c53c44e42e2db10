"""Set-up: a service without credentials registers its GitHub App in the browser, writes `.env`, and goes on to serve.

`application` runs until then, `link` guards it by a token that works once, `credentials` writes what GitHub answered.
"""
