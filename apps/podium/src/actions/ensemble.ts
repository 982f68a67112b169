import { ensembleRuns } from '@podium/competition';
import { methods, rules } from '@podium/ensemble';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { readJson } from '../options.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { describeBlend, describePublished, describeScore } from '../terminal/run-report.ts';

interface Options {
  readonly method: string;
  readonly options?: string;
  readonly out?: string;
  readonly recompute?: true;
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** `podium ensemble --methods`. */
export function listMethods({ terminal }: CommandContext, json: boolean): void {
  const all = [
    ...rules.list().map(({ name, summary }) => ({ name, summary, fits: false })),
    ...methods.list().map(({ name, summary }) => ({ name, summary, fits: true })),
  ];
  if (json) {
    terminal.out(JSON.stringify(all, undefined, 2));
    return;
  }
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, summary, fits } of all)
    terminal.out(`${name.padEnd(width)}  ${fits ? 'fitted ' : 'no fit '}  ${summary}`);
}

/** `podium ensemble`. */
export async function ensemble(
  { terminal, signal, exitWith }: CommandContext,
  runs: readonly string[],
  { json, out, options: file, ...options }: Options,
): Promise<void> {
  const { score, blends, published } = await ensembleRuns(runs, {
    ...options,
    options: file === undefined ? {} : await readJson(file),
    name: out,
    signal,
    onEvent: competitionReporter(terminal),
  });
  if (json) {
    const { lint, paths } = published ?? {};
    const result = { score, blends, submission: paths?.csv, record: paths?.record, lint };
    terminal.out(JSON.stringify(result, undefined, 2));
  } else {
    for (const line of describeScore(score)) terminal.out(line);
    for (const line of blends.flatMap(describeBlend)) terminal.out(line);
    if (published !== undefined)
      for (const line of describePublished(published, { podium: 'podium' })) terminal.out(line);
  }
  if (published !== undefined && published.paths === undefined) exitWith(exitCodes.problems);
}
