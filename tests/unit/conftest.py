"""Property tests have no deadline: on a busy machine the first example can take long."""

from hypothesis import settings

settings.register_profile("loaded machine", deadline=None)
settings.load_profile("loaded machine")
