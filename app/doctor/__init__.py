"""`hotfix doctor`: is the service, a repository, a pull request set up as it must be? Each problem comes with its fix.

`service` looks at settings, database, GitHub and the App, `repository` at one repository, `pull` at one pull request.
Each check is a small function that returns findings; `report` prints them, `run` puts them together. The service logs
the same findings at its start.
"""
