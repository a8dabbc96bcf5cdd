"""A cash drawer wired to the pins of the Raspberry Pi: a transistor for the coil, a contact for the switch."""
