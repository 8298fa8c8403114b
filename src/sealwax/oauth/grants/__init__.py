"""The grants of the token endpoint, each with its own parameters and list of rules."""
