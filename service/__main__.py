"""`python -m service` is the command line: how one command starts another without looking for a script."""

from service.cli import main

main()
