"""What operators install: image, compose file, chart, unit, alerts and dashboard; and the upgrade to this version."""
