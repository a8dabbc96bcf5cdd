"""Behind the till on a sale's way: the vendors that register, book or order it, one package each."""
