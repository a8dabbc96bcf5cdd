"""Checkbox: the sandbox, and the till's adapter against it."""
