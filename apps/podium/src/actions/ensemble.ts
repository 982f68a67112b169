import { ensembleRuns } from '@podium/competition';
import { methods, rules } from '@podium/ensemble';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { readJsonFile } from '../read-json-file.ts';
import { fetchOf, trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeBlend, describePublished, describeScore } from '../terminal/describe-result.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly method: string;
  readonly options?: string;
  readonly out?: string;
  readonly recompute?: true;
  readonly submissions: string;
  readonly store?: string;
  readonly trust?: true;
  readonly fetch?: true;
  readonly json?: true;
}

/** `podium ensemble --methods`. */
export function listMethods({ terminal }: CommandContext, json: boolean): void {
  const all = [
    ...rules.list().map(({ name, summary }) => ({ name, summary, fits: false })),
    ...methods.list().map(({ name, summary }) => ({ name, summary, fits: true })),
  ];
  if (json) {
    printJson(terminal, all);
    return;
  }
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, summary, fits } of all)
    terminal.print(`${name.padEnd(width)}  ${fits ? 'fitted ' : 'no fit '}  ${summary}`);
}

/** `podium ensemble`. */
export async function ensemble(
  context: CommandContext,
  runs: readonly string[],
  { json, out, options: optionsFile, ...options }: Options,
): Promise<void> {
  const { terminal, signal, setExitCode } = context;
  const { score, blends, published } = await ensembleRuns(runs, {
    ...options,
    options: optionsFile === undefined ? {} : await readJsonFile(optionsFile),
    name: out,
    trust: trustOf(context, options.trust),
    fetch: fetchOf(context, options.fetch),
    signal,
    onEvent: competitionReporter(terminal),
  });
  if (json) {
    const { lint, paths } = published ?? {};
    printJson(terminal, { score, blends, submission: paths?.csv, record: paths?.record, lint });
  } else {
    printLines(terminal, [
      ...describeScore(score),
      ...blends.flatMap(describeBlend),
      ...(published === undefined ? [] : describePublished(published)),
    ]);
  }
  if (published !== undefined && published.paths === undefined) setExitCode(exitCodes.problems);
}
