"""`make demo`: a hotfix at 3 a.m., on a simulated GitHub, with the real service, real git and the real command line."""
