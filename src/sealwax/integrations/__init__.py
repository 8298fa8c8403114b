"""An API in a framework, protected in ten lines: `sealwax.integrations.fastapi` and its siblings.

Each module has a `ResourceServer` for its framework. What they share, the credentials of RFC 6750
and the metadata of RFC 9728, is in `bearer` and `protected_resource` and knows no framework.
"""
