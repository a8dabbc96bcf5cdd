"""Arithmetic on bytes: what arrives becomes frames, whatever noise is between them."""
