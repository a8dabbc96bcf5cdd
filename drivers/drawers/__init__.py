"""Cash drawers: what opens them, what tells that they are open."""
