import { relative } from 'node:path';
import { trainCompetition } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeVerdicts } from '../terminal/pseudo-report.ts';
import { describeScore } from '../terminal/run-report.ts';
import type { RunOptions } from './run.ts';

/** `podium train`. */
export async function train(
  { terminal, signal }: CommandContext,
  settings: string,
  { json, ...options }: Omit<RunOptions, 'plan'>,
): Promise<void> {
  const onEvent = competitionReporter(terminal);
  const { run, score, record, pseudo } = await trainCompetition(settings, {
    ...options,
    signal,
    onEvent,
    now: () => Date.now() / 1000,
  });
  const { verdicts, reports } = pseudo;
  if (json) {
    const labels = verdicts.length === 0 ? undefined : { verdicts, rows: reports };
    terminal.out(JSON.stringify({ run, score, record, pseudo: labels }, undefined, 2));
    return;
  }
  for (const line of describeScore(score)) terminal.out(line);
  for (const line of describeVerdicts(verdicts, reports)) terminal.out(line);
  const file = relative(process.cwd(), record);
  terminal.out(`Record:  ${file}`);
  terminal.out(`Predict: podium predict ${file} IMAGES --out predictions.csv`);
}
