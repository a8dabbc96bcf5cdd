"""Beside a sale's way: the till in numbers, for a monitoring system that asks from time to time (GET /metrics)."""
