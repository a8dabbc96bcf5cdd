"""In the place of who orders a sale: a Bitrix24 portal, played for tests on the loopback.

It registers cash registers, sends print requests to them, asks what became of these, and believes the answers as the
portal does: form-encoded calls with brackets, an answer that is no JSON ends a check, a status that is not 200 leaves
it hanging for ever. The books stay in memory. It uses nothing of the adapter that is tested against it.
"""
