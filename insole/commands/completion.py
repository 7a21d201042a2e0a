"""`insole completion SHELL`: names of commands and options for the shell."""

from __future__ import annotations

import argparse

from insole.commands.table import COMMANDS, command_parser

BASH = """_insole() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{names}" -- "$word")); return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  COMPREPLY+=($(compgen -f -- "$word"))
}}
complete -o filenames -F _insole insole
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `completion`."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace) -> int:
    """Print the script that the shell evaluates."""
    options = {
        command.name: [
            option
            for action in command_parser(command)._actions  # noqa: SLF001 - argparse offers no other list
            for option in action.option_strings
            if option.startswith("--")
        ]
        for command in COMMANDS
    }
    if args.shell == "fish":
        print("complete -c insole -f -n __fish_use_subcommand -a '" + " ".join(options) + "'")
        for name, words in options.items():
            for word in words:
                print(
                    f"complete -c insole -n '__fish_seen_subcommand_from {name}' "
                    f"-l {word.removeprefix('--')}"
                )
        return 0
    cases = "\n".join(
        f'    {name}) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$word"));;'
        for name, words in options.items()
    )
    script = BASH.format(names=" ".join(options), cases=cases)
    print(ZSH + script if args.shell == "zsh" else script)
    return 0
