"""Explains a token to a person: what it says, and why a receiver would refuse it.

Pure: it sends nothing anywhere.
"""

from sealwax.inspector.checks import Expectation
from sealwax.inspector.inspection import Inspection, inspect_token

__all__ = ["Expectation", "Inspection", "inspect_token"]
