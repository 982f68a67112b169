import { createRequire } from 'node:module';
import { Command, CommanderError } from '@commander-js/extra-typings';
import { printable } from '@podium/core';
import type { CommandContext } from './commands/context.ts';
import { commands } from './commands/index.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { wrapped } from './help-text.ts';
import { describeError } from './terminal/describe-error.ts';
import { ClosedOutput } from './terminal/watch-output.ts';

/**
 * Runs a command line and returns its exit code. Never throws: errors are printed, a `PodiumError` without its stack.
 *
 * @example
 * await runProgram(['setup', '--gpu'], { terminal, signal });
 */
export async function runProgram(
  args: readonly string[],
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  let resume = '';
  const program = createProgram(args, {
    terminal,
    signal,
    setExitCode: (code) => {
      exitCode = code;
    },
    markResumable: (also) => {
      resume = `; run the same command to resume${also === undefined ? '' : `, or ${also}`}`;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already printed the help, the version or the error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (signal.reason instanceof ClosedOutput) return exitCodes.closedPipe;
    if (signal.aborted) {
      terminal.log(`podium: stopped; no partial files are left${resume}`);
      return exitCodes.interrupted;
    }
    const [first = '', ...more] = describeError(error);
    for (const line of [`podium: ${first}`, ...more]) terminal.log(line);
    return exitCodes.failed;
  }
}

/** Characters per line of help where nothing limits it. */
const HELP_WIDTH = 100;

function createProgram(args: readonly string[], context: CommandContext): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const { terminal } = context;
  const program = new Command('podium')
    .description('From an image-classification competition folder to a submission CSV.')
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help for usage)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeLines(wrapped(text, terminal.width ?? HELP_WIDTH), terminal.print),
      writeErr: (text) => writeLines(withPrintable(args, text), terminal.log),
      getOutHelpWidth: () => terminal.width ?? HELP_WIDTH,
      getErrHelpWidth: () => terminal.width ?? HELP_WIDTH,
    });
  for (const addCommand of commands) addCommand(program, context);
  return program;
}

/** What was typed, or expanded by the shell from names of files, cannot begin a line of its own. */
function withPrintable(args: readonly string[], text: string): string {
  const given = args.flatMap((arg) => [arg, ...arg.split('=')]).filter((part) => part !== printable(part));
  return given.reduce((shown, part) => shown.replaceAll(part, printable(part)), text);
}

function writeLines(text: string, write: (line: string) => void): void {
  for (const line of text.replace(/\n$/, '').split('\n')) write(line);
}
