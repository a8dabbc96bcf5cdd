"""Bitrix24: the sandbox and the adapter."""
