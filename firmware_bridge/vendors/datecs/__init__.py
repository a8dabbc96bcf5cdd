"""Datecs as a vendor: the section of the configuration that names a fiscal printer. The device itself is a driver's."""
