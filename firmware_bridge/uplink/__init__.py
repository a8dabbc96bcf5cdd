"""From the journal to whoever keeps the books of many tills: records as bytes, and the link that carries them."""
