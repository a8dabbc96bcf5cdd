"""In the vendor's place on a sale's way: iKassa's software till (SmartX), played for tests on the loopback.

A client sees what it would see of the till's local API: one address, an operation named by a header, the same codes.
The books can be kept in a file over a restart. It uses nothing of the client that is tested against it, least of all
arithmetic: `capabilities` says what is documented and what is inferred.
"""
