"""A Datecs fiscal printer without the metal: wire, firmware, fiscal memory, journal, paper."""
