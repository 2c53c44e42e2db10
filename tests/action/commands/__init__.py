"""Tests of each command and of the checks that all commands share."""
