"""In the vendor's place on a Ukrainian sale's way: Checkbox's cloud register, played for tests on the loopback.

A client sees what it would see of the vendor: the same answers, the same refusals in the same order, signing that
takes its time, offline codes, a tax service that may be down. The books stay in memory. It uses nothing of the client
that is tested against it, least of all arithmetic: `capabilities` says what is documented and what is inferred.
"""
