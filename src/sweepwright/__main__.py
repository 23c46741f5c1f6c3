"""`python -m sweepwright`, for job scripts that name their interpreter."""

from sweepwright.cli import main

main()
