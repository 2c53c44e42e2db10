"""Handle events about who may do what, and where the App is installed: repositories, members, teams."""
