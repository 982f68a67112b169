import { type RebuildResult, rebuildSubmission } from '@podium/competition';
import { writeFileAtomic } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { fetchOf, trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { countOf } from '../terminal/format.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly anyway?: true;
  readonly stored?: true;
  readonly store?: string;
  readonly out?: string;
  readonly trust?: true;
  readonly fetch?: true;
  readonly json?: true;
}

/** `podium rebuild`. */
export async function rebuild(
  context: CommandContext,
  recordFile: string,
  { json, stored, store, out, trust, fetch, anyway }: Options,
): Promise<void> {
  const { terminal, signal, setExitCode } = context;
  const result = await rebuildSubmission(recordFile, {
    anyway: anyway === true,
    store: store === undefined ? (stored ? 'stored' : 'fresh') : { folder: store },
    trust: trustOf(context, trust),
    fetch: fetchOf(context, fetch),
    signal,
    onEvent: competitionReporter(terminal),
  });
  if (out !== undefined) await writeFileAtomic(out, result.bytes);
  const { record: _, bytes: __, verdict, ...rest } = result;
  if (json) printJson(terminal, { ...verdict, ...rest });
  else printLines(terminal, describe(result));
  if (!verdict.same || result.scores !== undefined) setExitCode(exitCodes.problems);
}

function describe({ verdict, record, computed, stored, scores }: RebuildResult): string[] {
  const { same, expected, sha256, changes, causes } = verdict;
  const [first, ...others] = causes.filter(({ kind }) => kind === 'output');
  return [
    ...(same
      ? [`The same bytes: ${record.submission.rows} rows, SHA-256 ${sha256.slice(0, 12)}`]
      : [
          `Different bytes: expected ${expected.slice(0, 12)}, got ${sha256.slice(0, 12)}`,
          ...changes.map((change) => `  ${change}`),
        ]),
    ...(scores === undefined
      ? []
      : [`Another score: recorded ${scoreText(scores.recorded)}, got ${scoreText(scores.rebuilt)}`]),
    ...(first === undefined
      ? []
      : [
          `${countOf(others.length + 1, 'result')} on the way differ from the record, first of all ${first.key} of ${first.name}`,
        ]),
    stored === 0
      ? `All ${computed} stages were computed again.`
      : computed === 0
        ? `Compared with stored results only: all ${stored} stages were taken from the store. Without --stored or --store, everything is computed again.`
        : `${countOf(computed, 'stage')} computed, ${stored} taken from the store as they were.`,
  ];
}

function scoreText(score: RebuildResult['record']['score']): string {
  return score === null ? 'none' : `${score.metric} ${score.cv} [${score.low}, ${score.high}]`;
}
