"""Find layout-only changes, in any language: runs of changed lines whose tokens are unchanged."""

from hotfix.formatting.detection import LayoutChange, layout_changes

__all__ = ["LayoutChange", "layout_changes"]
