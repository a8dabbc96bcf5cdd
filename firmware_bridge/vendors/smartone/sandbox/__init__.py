"""In the vendor's place on a sale's way: a fiscal cash register of SmartOne (Azerbaijan), played for tests.

A client sees what it would see of the vendor, over HTTP or a serial line: the same forms, codes, state rules and sums.
The books stay in memory. It uses nothing of the client that is tested against it, least of all arithmetic:
`capabilities` says what is documented and what is inferred.
"""
