"""Beside a sale's way: every sentence that people read, in the five languages of the interface, in one table.

One JSON file per language, key -> sentence with {places}; the same keys and places in all of them. `page.*` and
`console.*` are what those two say themselves, `kind`, `state` and the like what both of them do. The groups `said.*`
hold, as English patterns, what the till itself composes: `said.translate` finds them again in a text.
"""
