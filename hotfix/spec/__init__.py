"""The minimal hotfix spec: its template, what is written in one, what is missing, and where a hotfix has it."""

from hotfix.spec.found import Found, compare, file_name, find, spec_files, text_of, unread
from hotfix.spec.named_files import exactly
from hotfix.spec.sections import OPTIONAL, SECTIONS
from hotfix.spec.spec_parser import Declared, Section, Spec, parse
from hotfix.spec.spec_problems import Problem, check
from hotfix.spec.spec_writer import files_section, section_text, template

__all__ = [
    "OPTIONAL",
    "SECTIONS",
    "Declared",
    "Found",
    "Problem",
    "Section",
    "Spec",
    "check",
    "compare",
    "exactly",
    "file_name",
    "files_section",
    "find",
    "parse",
    "section_text",
    "spec_files",
    "template",
    "text_of",
    "unread",
]
