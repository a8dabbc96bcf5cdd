"""`python -m firmware_bridge` is the same as `firmware-bridge`."""

import sys

from firmware_bridge.cli import main

sys.exit(main())
