"""After a sale's way: its records are taken to the books, in order, each at most once."""
