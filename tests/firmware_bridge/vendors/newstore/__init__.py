"""NewStore: the sandbox."""
