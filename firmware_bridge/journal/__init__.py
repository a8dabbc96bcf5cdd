"""The till's memory: one append-only file that survives the plug being pulled."""
