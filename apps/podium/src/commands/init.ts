import { relative } from 'node:path';
import { PodiumError } from '@podium/core';
import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addInit: AddCommand = (program, context) => {
  program
    .command('init')
    .description('look at a competition folder and write podium.yaml, with every key explained')
    .argument('[folder]', 'the competition folder; found by looking where left out')
    .option('--out <file>', 'where to write', 'podium.yaml')
    .option('--yes', 'ask nothing: take what is usual, and say what was assumed')
    .option('--no-inspect', 'do not look at every image for leaks')
    .option('--force', 'overwrite settings that are there')
    .option('--json', 'print one JSON object; asks nothing')
    .addHelpText(
      'after',
      `
The folder itself is only read. Without a terminal nothing is asked, as with --yes.

Exit codes:
  ${exitCodes.ok}    the settings are written
  ${exitCodes.failed}    the folder could not be read, or there are settings already
  ${exitCodes.interrupted}  stopped by Ctrl-C; nothing is written

Examples:
  podium init
  podium init data/masks --yes
  podium init ~/competitions/leaves --out leaves.yaml --no-inspect`,
    )
    .action(async (folder, { out, yes, inspect, force, json }) => {
      const { terminal, signal } = context;
      const [{ init }, { askOnTerminal, assume }] = [
        await import('../init/init.ts'),
        await import('../init/questions.ts'),
      ];
      const asks = !yes && !json && process.stdin.isTTY === true && terminal.isWatched;
      const questions = asks ? await askOnTerminal(signal) : assume(terminal);
      const initialized = await init(context, folder, questions, {
        out,
        inspect,
        force: force ?? false,
      }).catch((error: unknown) => {
        // While a question is shown, Ctrl-C is an answer.
        if (!(error instanceof PodiumError) || error.code !== 'init-canceled') throw error;
        terminal.say(`podium: ${error.message}`);
        context.exitWith(exitCodes.interrupted);
      });
      if (initialized === undefined) return;
      const { file, settings } = initialized;
      if (json) {
        terminal.out(JSON.stringify({ file, settings }, undefined, 2));
        return;
      }
      const here = relative(process.cwd(), file);
      const where = here === 'podium.yaml' ? '' : ` ${here}`;
      terminal.out(`${here} is written. Look it through, then: podium run${where}`);
    });
};
