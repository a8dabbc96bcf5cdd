"""The simulated ESC/POS printer's parts: command lengths, personalities, mechanics, memory, paper. No driver code."""
