"""The vendors' adapters and the sandboxes that play them."""
