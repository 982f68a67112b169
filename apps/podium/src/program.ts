import { createRequire } from 'node:module';
import { Command, CommanderError } from '@commander-js/extra-typings';
import { PodiumError, renderProblem } from '@podium/core';
import type { CommandContext } from './commands/context.ts';
import { commands } from './commands/index.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal/terminal.ts';

/**
 * Runs a command line, such as `['setup', '--gpu']`, and gives the exit code to end with. Never throws: an error is
 * printed, a `PodiumError` without its stack.
 */
export async function run(
  words: readonly string[],
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  let resumes = false;
  const program = makeProgram({
    terminal,
    signal,
    exitWith: (chosen) => {
      code = chosen;
    },
    resumes: () => {
      resumes = true;
    },
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed what it says: help, the version, or what it did not understand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (signal.aborted) {
      const how = resumes ? '; the same command goes on where it stopped' : '';
      terminal.say(`podium: stopped; nothing half-made is left${how}`);
      return exitCodes.interrupted;
    }
    terminal.say(`podium: ${describeError(error)}`);
    return exitCodes.failed;
  }
}

function makeProgram(context: CommandContext): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const { terminal } = context;
  const program = new Command('podium')
    .description('From an image-classification competition folder to a submission CSV.')
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeLines(text, terminal.out),
      writeErr: (text) => writeLines(text, terminal.say),
    });
  for (const add of commands) add(program, context);
  return program;
}

function writeLines(text: string, write: Terminal['out']): void {
  for (const line of text.replace(/\n$/, '').split('\n')) write(line);
}

function describeError(error: unknown): string {
  if (error instanceof PodiumError) return renderProblem(error.problem);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
