"""Read how the App and a repository are set up, for `hotfix doctor`, `hotfix init` and set-up in the browser."""
