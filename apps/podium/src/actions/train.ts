import { relative } from 'node:path';
import { trainCompetition } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { settingsArguments } from '../settings-arguments.ts';
import { trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeVerdicts } from '../terminal/describe-pseudo-labels.ts';
import { describeScore } from '../terminal/describe-result.ts';
import { printJson, printLines } from '../terminal/terminal.ts';
import { pseudoJson } from './pseudo-json.ts';
import type { RunOptions } from './run.ts';

/** `podium train`. */
export async function train(
  context: CommandContext,
  given: readonly string[],
  { json, ...options }: Omit<RunOptions, 'plan'>,
): Promise<void> {
  const { terminal, signal } = context;
  const { settings, overrides } = settingsArguments(given);
  const { run, score, record, pseudo } = await trainCompetition(settings, {
    ...options,
    trust: trustOf(context, options.trust),
    overrides,
    signal,
    onEvent: competitionReporter(terminal),
    now: () => Date.now() / 1000,
  });
  if (json) {
    printJson(terminal, { run, score, record, pseudo: pseudoJson(pseudo) });
    return;
  }
  const file = relative(process.cwd(), record);
  printLines(terminal, [
    ...describeScore(score),
    ...describeVerdicts(pseudo.verdicts, pseudo.reports),
    `Record:  ${file}`,
    `Predict: podium predict ${file} IMAGES --out predictions.csv`,
  ]);
}
