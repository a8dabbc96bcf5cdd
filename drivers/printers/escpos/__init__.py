"""ESC/POS: commands, driver, simulator."""
