"""Changes that say the same as before: told by token streams, in any language."""

from hotfix.formatting.detection import Layout, layout_changes

__all__ = ["Layout", "layout_changes"]
