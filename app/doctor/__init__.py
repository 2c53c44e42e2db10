"""Find what is wrong with the set-up of the service, a repository or a pull request: `hotfix doctor`.

`service_checks` covers settings, database, GitHub and the App, `messaging_checks` the messaging services,
`repository_checks` one repository, `pull_checks` one pull request. Each check is a small function that yields
diagnoses; `examination` runs the checks, `doctor_output` formats the result. The service logs the same findings when it
starts.
"""
