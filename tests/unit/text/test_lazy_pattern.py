"""Lazily compiled patterns behave like compiled patterns, and all of them are valid."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re

import pytest

import hotfix
from hotfix.text.lazy_pattern import _LazyPattern, lazy_pattern


def test_a_lazy_pattern_is_used_like_any_other() -> None:
    lazy = lazy_pattern(r"(?P<word>a+)b", re.IGNORECASE)
    found = lazy.search("xAAb")
    assert found is not None
    assert found["word"] == "AA"
    assert lazy.sub("-", "aab ab") == "- -"
    assert (lazy.pattern, lazy.groups) == (r"(?P<word>a+)b", 1)
    assert lazy.flags & re.IGNORECASE


def test_it_is_compiled_at_its_first_use() -> None:
    lazy = lazy_pattern("(")
    assert lazy.pattern == "("
    with pytest.raises(re.error):
        lazy.match("x")


def test_every_lazy_pattern_of_the_product_is_valid() -> None:
    for module in pkgutil.walk_packages(hotfix.__path__, "hotfix."):
        importlib.import_module(module.name)
    gc.unfreeze()  # objects created before the tests began are frozen, and gc.get_objects() omits frozen objects
    known = [each for each in gc.get_objects() if type(each) is _LazyPattern and each.pattern != "("]
    gc.freeze()
    assert len(known) > 100
    for each in known:
        re.compile(each.pattern, each._flags)
