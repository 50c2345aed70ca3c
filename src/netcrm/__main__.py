"""`python -m netcrm` runs the same program as the `netcrm` command."""

import sys

from netcrm.cli import main

if __name__ == "__main__":
    sys.exit(main())
