"""Before a sale's way begins: Bitrix24 as the one who orders receipts; we are its cash register."""
