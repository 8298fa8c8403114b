"""One module for each address of the issuer; an endpoint holds no rule of its own."""
