"""Tests of firmware_bridge.page."""
