"""`python -m sealwax.cli`."""

import sys

from sealwax.cli import main

sys.exit(main())
