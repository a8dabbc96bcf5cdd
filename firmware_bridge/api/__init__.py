"""The local HTTP API: the way in for a till's programs."""
