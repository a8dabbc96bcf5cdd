"""Records on the wire, and the links that carry them."""
