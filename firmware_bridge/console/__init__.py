"""Beside a till: the technician's console, a process of its own that still answers when the till does not."""
