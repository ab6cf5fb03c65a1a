"""The commands, one module each; `cli.COMMANDS` names them, and a module is imported when its command is called."""
