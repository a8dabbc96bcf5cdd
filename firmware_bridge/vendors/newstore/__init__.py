"""Behind the till on a sale's way: NewStore, the retailer's book of cash: drawers, their transactions and counts."""
