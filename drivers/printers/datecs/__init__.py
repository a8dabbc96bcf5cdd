"""Fiscal printers and cash registers that speak a Datecs protocol: what each dialect sends, answers and means."""
