"""What a till program imports to talk to the local API."""
