import type { Command } from '@commander-js/extra-typings';
import { settingsJsonSchema } from '@podium/competition';
import { didYouMean, PodiumError } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { exitCodeMeanings, exitCodes } from '../exit-codes.ts';
import { helpOf } from '../help-text.ts';
import { jsonOutputs, schemaFile } from '../json-outputs.ts';
import { printJson } from '../terminal/terminal.ts';

/** `podium help`. */
export function help(
  { terminal }: CommandContext,
  program: Command,
  names: readonly string[],
  json: boolean,
): void {
  const command = commandAt(program, names);
  if (!json) {
    command.outputHelp();
    return;
  }
  const path = names.join(' ');
  printJson(terminal, {
    version: program.version(),
    exitCodes: Object.entries(exitCodes).map(([name, code]) => ({
      code,
      name,
      meaning: exitCodeMeanings[name as keyof typeof exitCodes],
    })),
    commands: commandsOf(program)
      .filter(({ name }) => path === '' || name === path || name.startsWith(`${path} `))
      .map(describe),
    settings: settingsJsonSchema(),
  });
}

interface Named {
  /** Without "podium": `runs list`. */
  readonly name: string;
  readonly command: Command;
}

/** The commands that do something, in the order of the help. */
function commandsOf(program: Command, before = ''): Named[] {
  return (program.createHelp().visibleCommands(program as never) as unknown as Command[]).flatMap(
    (command) => {
      const name = `${before}${command.name()}`;
      const inner = commandsOf(command, `${name} `);
      // `podium doctor` does something itself, and has a subcommand.
      return helpOf(command) === undefined ? inner : [{ name, command }, ...inner];
    },
  );
}

function describe({ name, command }: Named): object {
  const { notes = '', codes, examples } = helpOf(command)!;
  return {
    name,
    description: command.description(),
    notes: notes.trim(),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      required: argument.required,
      variadic: argument.variadic,
      default: argument.defaultValue,
    })),
    options: command.options.map((option) => ({
      flags: option.flags,
      name: option.attributeName(),
      description: option.description,
      takesValue: option.required || option.optional,
      variadic: option.variadic,
      mandatory: option.mandatory,
      default: option.defaultValue as unknown,
      choices: option.argChoices,
    })),
    exitCodes: Object.entries(codes).map(([code, meaning]) => ({
      code: exitCodes[code as keyof typeof exitCodes],
      meaning,
    })),
    examples,
    ...(jsonOutputs[name] !== undefined && { output: schemaFile(name) }),
  };
}

/** @throws PodiumError `help-unknown` */
function commandAt(program: Command, names: readonly string[]): Command {
  let found = program;
  for (const name of names) {
    const inner = found.commands.find((command) => command.name() === name);
    if (inner === undefined) {
      const known = found.commands.map((command) => command.name());
      const near = didYouMean(name, known);
      throw new PodiumError({
        code: 'help-unknown',
        message: `no command is called ${JSON.stringify(names.join(' '))}`,
        expected: known,
        ...(near !== undefined && { fix: `did you mean ${near}?` }),
      });
    }
    found = inner as unknown as Command;
  }
  return found;
}
