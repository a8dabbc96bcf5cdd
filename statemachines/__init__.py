"""The rules of the till: pure tables, no input or output, no clock, no threads, no logging."""
