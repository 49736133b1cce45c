"""`python -m instructerc` is the command line."""

from instructerc.cli.main import main

main()
