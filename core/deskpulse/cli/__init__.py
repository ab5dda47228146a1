"""The command line: one file for each command group; nothing here needs the web."""
