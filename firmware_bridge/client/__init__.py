"""Before a sale's way: what a till program imports to talk to the local API. `firmware_bridge.client.till.Till`."""
