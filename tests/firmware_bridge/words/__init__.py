"""The one table of words, and what is said in it."""
