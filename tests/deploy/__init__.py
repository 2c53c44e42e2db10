"""What an engineer installs: image, compose file, chart, unit, alerts, dashboard; and the upgrade to this version."""
