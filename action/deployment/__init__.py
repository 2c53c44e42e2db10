"""What the commands share about a deployment: where it goes and what runs there, whether it may, who else deploys, its
state on disk, its record on GitHub, and how it is rolled back.
"""
