"""The protocol as pure functions: a request and records in, a decision out, or an `OAuthError`.

Nothing here opens a file or a socket, reads a clock or draws a random number. One rule is one small
function named for the rule; each endpoint's order of rules stands in one place.
"""
