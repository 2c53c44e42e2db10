"""What every command shares about its terminal: printing, questions, verdicts, exit statuses."""
