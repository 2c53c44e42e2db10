"""Find what is wrong with the set-up of the service, a repository or a pull request: `hotfix doctor`.

`service_checks` looks at settings, database, GitHub and the App, `messaging_checks` at the services that messages go
to, `repository_checks` at one repository, `pull_checks` at one pull request. Each check is a small function that
returns findings; `doctor_output` prints them, `examination` puts them together. The service logs the same findings at
its start.
"""
