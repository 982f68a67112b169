import { relative } from 'node:path';
import { PodiumError, renderProblem } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { createSettings } from '../init/create-settings.ts';
import { assumeDefaults, promptOnTerminal } from '../init/questions.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly out?: string;
  readonly yes?: true;
  readonly inspect: boolean;
  readonly force?: true;
  readonly json?: true;
}

/** `podium init`. */
export async function init(
  context: CommandContext,
  folder: string | undefined,
  { out, yes, inspect, force, json }: Options,
): Promise<void> {
  const { terminal, signal } = context;
  const canAsk = !yes && !json && process.stdin.isTTY === true && terminal.isInteractive;
  const questions = canAsk ? await promptOnTerminal(terminal, signal) : assumeDefaults(terminal);
  try {
    const { file, settings, blocker } = await createSettings(context, folder, questions, {
      out,
      inspect,
      force: force ?? false,
    });
    if (json) {
      printJson(terminal, { file, settings, blocker: blocker?.problem });
      return;
    }
    const path = relative(process.cwd(), file);
    const argument = path.replace(/(^|[\\/])podium\.yaml$/, '');
    const command = `podium run ${argument}`.trim();
    if (blocker === undefined) terminal.print(`Wrote ${path}. Review it, then run: ${command}`);
    else
      printLines(terminal, [
        `Wrote ${path}. But "${command}" would stop here:`,
        ...renderProblem(blocker.problem)
          .split('\n')
          .map((line) => `  ${line}`),
      ]);
  } catch (error) {
    // While a question is shown, Ctrl-C cancels the question and does not reach the signal.
    if (!(error instanceof PodiumError) || error.code !== 'init-canceled') throw error;
    terminal.log(`podium: ${error.message}`);
    context.setExitCode(exitCodes.interrupted);
  }
}
