"""Read formats of their own: requirements files, go.mod, lockfiles of several tools, Dockerfiles.

Each reader yields what the text asks for or locks, line by line, and raises `Unreadable` for a line that it can't
account for.
"""
