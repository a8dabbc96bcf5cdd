"""The technician's console, part by part."""
