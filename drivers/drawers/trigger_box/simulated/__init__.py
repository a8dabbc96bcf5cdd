"""Trigger boxes without the box: one behaviour each, none of it shared with the driver."""
