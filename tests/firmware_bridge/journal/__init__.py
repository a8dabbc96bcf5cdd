"""The journal: what is acknowledged is there, what is there was written, whatever happened in between."""
