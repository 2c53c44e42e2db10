"""Lazily compiled patterns behave like compiled patterns, and all of them are valid."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re

import pytest

import hotfix
from hotfix.text.late_pattern import _LatePattern, late_pattern


def test_a_late_pattern_is_used_like_any_other() -> None:
    late = late_pattern(r"(?P<word>a+)b", re.IGNORECASE)
    found = late.search("xAAb")
    assert found is not None
    assert found["word"] == "AA"
    assert late.sub("-", "aab ab") == "- -"
    assert (late.pattern, late.groups) == (r"(?P<word>a+)b", 1)
    assert late.flags & re.IGNORECASE


def test_it_is_compiled_at_its_first_use() -> None:
    late = late_pattern("(")
    assert late.pattern == "("
    with pytest.raises(re.error):
        late.match("x")


def test_every_late_pattern_of_the_product_is_valid() -> None:
    for module in pkgutil.walk_packages(hotfix.__path__, "hotfix."):
        importlib.import_module(module.name)
    gc.unfreeze()  # objects created before the tests began are frozen, and gc.get_objects() omits frozen objects
    known = [each for each in gc.get_objects() if type(each) is _LatePattern and each.pattern != "("]
    gc.freeze()
    assert len(known) > 100
    for each in known:
        re.compile(each.pattern, each._flags)
