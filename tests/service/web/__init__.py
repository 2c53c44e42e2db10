"""The service's HTTP endpoints: webhooks and their handlers, settings, setup and pages."""
