"""Measurements: what they find is printed and judged by people, never part of the tests."""
