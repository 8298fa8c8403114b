"""`python -m sealwax`: the same as the `sealwax` command."""

import sys

from sealwax.cli import main

sys.exit(main())
