"""The local HTTP API over real sockets."""
