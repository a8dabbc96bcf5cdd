"""Bytes in and out; the only place that knows serial lines, USB, GPIO and sockets."""
