"""Changes of layout: runs of lines whose tokens are the same as before, in any language."""

from hotfix.formatting.detection import Layout, layout_changes

__all__ = ["Layout", "layout_changes"]
