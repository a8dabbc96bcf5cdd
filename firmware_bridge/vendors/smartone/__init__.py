"""Behind the till on an Azerbaijani sale's way: SmartOne, the cash register in the shop's network or on a line."""
