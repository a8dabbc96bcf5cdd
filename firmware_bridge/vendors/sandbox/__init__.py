"""In any vendor's place on a sale's way: what every vendor's sandbox stands on, and no vendor's words or sums."""
