"""What comes in: webhooks, their handlers, settings, set-up, pages."""
