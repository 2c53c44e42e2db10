"""Terminal input and output that commands share: printing, questions, verdicts and exit statuses."""
