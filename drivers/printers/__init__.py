"""Receipt printers: their paper, their languages."""
