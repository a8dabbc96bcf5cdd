"""The way of a sale: from the local API through the journal, rules and drivers to the vendors."""
