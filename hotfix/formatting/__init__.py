"""Find changes that are only layout: runs of lines whose tokens are the same as before, in any language."""

from hotfix.formatting.detection import LayoutChange, layout_changes

__all__ = ["LayoutChange", "layout_changes"]
