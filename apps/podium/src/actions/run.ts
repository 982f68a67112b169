import { type PublishedRun, planCompetition, runCompetition } from '@podium/competition';
import { renderReason } from '@podium/pipeline';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeVerdicts } from '../terminal/pseudo-report.ts';
import { describePublished, describeScore } from '../terminal/run-report.ts';

export interface RunOptions {
  readonly plan?: true;
  readonly store?: string;
  readonly submissions?: string;
  readonly name?: string;
  readonly json?: true;
}

/** `podium run`. */
export async function run(context: CommandContext, settings: string, given: RunOptions): Promise<void> {
  const { terminal, signal } = context;
  const { plan, json, ...options } = given;
  const shown = { ...options, signal, onEvent: competitionReporter(terminal), now: () => Date.now() / 1000 };
  if (plan) return await showPlan(context, settings, shown, json);
  const result = await runCompetition(settings, shown);
  const { verdicts, reports } = result.pseudo;
  if (json) {
    const pseudo = verdicts.length === 0 ? undefined : { verdicts, rows: reports };
    terminal.out(JSON.stringify({ ...summaryOf(result), pseudo }, undefined, 2));
  } else {
    for (const line of describeScore(result.score)) terminal.out(line);
    for (const line of describeVerdicts(verdicts, reports)) terminal.out(line);
    for (const line of describePublished(result, { podium: 'podium' })) terminal.out(line);
  }
  if (result.paths === undefined) context.exitWith(exitCodes.problems);
}

async function showPlan(
  { terminal }: CommandContext,
  settings: string,
  options: Parameters<typeof planCompetition>[1],
  json: true | undefined,
): Promise<void> {
  const planned = await planCompetition(settings, options);
  if (json) {
    terminal.out(JSON.stringify(planned, undefined, 2));
    return;
  }
  for (const { name, status, reasons } of planned.instances) {
    terminal.out(`${status.padEnd(8)} ${name}`);
    for (const reason of status === 'run' ? reasons : []) terminal.out(`           ${renderReason(reason)}`);
  }
  if (!planned.complete) terminal.out('What follows depends on what these find.');
}

function summaryOf({ run: name, score, lint, paths, stored }: PublishedRun): object {
  const { findings, ok, rows, sha256 } = lint;
  return {
    run: name,
    score,
    submission: paths?.csv ?? stored,
    record: paths?.record,
    lint: { ok, rows, findings },
    sha256,
  };
}
