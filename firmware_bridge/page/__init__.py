"""Beside a sale's way: the status page, for whoever stands before the till: can it sell, and if not, why not?"""
