"""Handle events that change access: installations, repositories, members and teams."""
