"""Find, parse, check and write the minimal hotfix spec."""

from hotfix.spec.found import FoundSpec, compare, file_name, find, spec_files, text_of, unread
from hotfix.spec.named_files import exactly
from hotfix.spec.rollback_plan import older_version
from hotfix.spec.sections import OPTIONAL, SECTIONS
from hotfix.spec.spec_parser import Spec, SpecSection, parse
from hotfix.spec.spec_problems import SpecProblem, check
from hotfix.spec.spec_writer import files_section, filled, section_text, template

__all__ = [
    "OPTIONAL",
    "SECTIONS",
    "FoundSpec",
    "Spec",
    "SpecProblem",
    "SpecSection",
    "check",
    "compare",
    "exactly",
    "file_name",
    "files_section",
    "filled",
    "find",
    "older_version",
    "parse",
    "section_text",
    "spec_files",
    "template",
    "text_of",
    "unread",
]
