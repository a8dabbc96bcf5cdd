"""In a vendor's place on a sale's way: iKassa (SmartX), a software till with a fiscal module in Belarus."""
