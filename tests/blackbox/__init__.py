"""The whole product as a customer gets it: real processes, the command line, the local API, and the paper."""
