"""Where records are kept: small contracts with atomic verbs, and one package per database."""
