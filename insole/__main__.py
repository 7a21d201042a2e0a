"""`python -m insole`."""

import sys

from insole.cli import main

sys.exit(main())
