import { join } from 'node:path';
import { reportComparison, reportRun } from '@podium/competition';
import { writeFileAtomic } from '@podium/core';
import type { CommandContext } from '../commands/context.ts';
import { fetchOf, trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';

interface Options {
  readonly compare?: string;
  readonly out?: string;
  readonly submissions: string;
  readonly store?: string;
  readonly trust?: true;
  readonly fetch?: true;
  readonly json?: true;
}

/** `podium report`. */
export async function report(
  context: CommandContext,
  run: string,
  { compare, out, json, ...options }: Options,
): Promise<void> {
  const { terminal, signal } = context;
  const reportOptions = {
    ...options,
    trust: trustOf(context, options.trust),
    fetch: fetchOf(context, options.fetch),
    signal,
    onEvent: competitionReporter(terminal),
  };
  const { html, name, base } =
    compare === undefined
      ? await reportRun(run, reportOptions)
      : await reportComparison(run, compare, reportOptions);
  const file = out ?? join(base, name);
  await writeFileAtomic(file, html);
  if (json) terminal.printExactly(JSON.stringify({ file, bytes: Buffer.byteLength(html) }));
  else terminal.print(`Report: ${file}`);
}
