"""Beside a sale's way, at the end of a day: the till's journal held against NewStore's books. It changes neither."""
