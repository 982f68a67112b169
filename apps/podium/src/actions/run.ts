import {
  type CompetitionEvent,
  type PublishedRun,
  planCompetition,
  runCompetition,
} from '@podium/competition';
import { renderReason } from '@podium/pipeline';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { settingsArguments } from '../settings-arguments.ts';
import { trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeVerdicts } from '../terminal/describe-pseudo-labels.ts';
import { describePublished, describeScore } from '../terminal/describe-result.ts';
import { printJson, printLines } from '../terminal/terminal.ts';
import { pseudoJson } from './pseudo-json.ts';

export interface RunOptions {
  readonly plan?: true;
  /** Ends a race with what is stored. */
  readonly finish?: true;
  readonly store?: string;
  readonly executor?: 'local' | 'shared-folder' | undefined;
  readonly artifacts?: string;
  readonly submissions?: string;
  readonly name?: string;
  readonly trust?: true;
  readonly sign?: string;
  readonly json?: true;
}

/** `podium run`. */
export async function run(
  context: CommandContext,
  given: readonly string[],
  { plan, json, ...options }: RunOptions,
): Promise<void> {
  const { terminal, signal } = context;
  const { settings, overrides } = settingsArguments(given);
  const report = competitionReporter(terminal);
  const runOptions = {
    ...options,
    trust: trustOf(context, options.trust),
    overrides,
    signal,
    onEvent: (event: CompetitionEvent) => {
      if (event.type === 'race') context.markResumable('podium finish to submit what is there');
      report(event);
    },
    now: () => Date.now() / 1000,
  };
  if (plan) return await printPlan(context, settings, runOptions, json);
  const result = await runCompetition(settings, runOptions);
  const { verdicts, reports } = result.pseudo;
  if (json) printJson(terminal, { ...resultJson(result), pseudo: pseudoJson(result.pseudo) });
  else {
    printLines(terminal, [
      ...describeScore(result.score),
      ...describeVerdicts(verdicts, reports),
      ...describePublished(result),
    ]);
  }
  if (result.paths === undefined) context.setExitCode(exitCodes.problems);
}

async function printPlan(
  { terminal }: CommandContext,
  settings: string,
  options: Parameters<typeof planCompetition>[1],
  json: true | undefined,
): Promise<void> {
  const plan = await planCompetition(settings, options);
  if (json) {
    printJson(terminal, plan);
    return;
  }
  for (const { name, status, reasons } of plan.instances) {
    terminal.print(`${status.padEnd(8)} ${name}`);
    for (const reason of status === 'run' ? reasons : [])
      terminal.print(`           ${renderReason(reason)}`);
  }
  if (!plan.complete) terminal.print('Later stages depend on the results of these.');
}

function resultJson({ run: name, score, lint, paths, stored }: PublishedRun): object {
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
