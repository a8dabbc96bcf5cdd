"""In the vendor's place behind a sale: NewStore's book of cash drawers, played for tests on the loopback.

A client sees what it would see of the vendor: the same forms, the same refusals, expected cash that only completed
transactions move. The books stay in memory. It uses nothing of the client that is tested against it, least of all
arithmetic: `capabilities` says what is documented and what is inferred.
"""
