"""Cash drawers and trigger boxes with a data port of their own: bytes open them, and some tell where they stand."""
