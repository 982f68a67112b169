import { prepareSending } from '@podium/competition';
import { destinations } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeFindings } from '../terminal/run-report.ts';

interface SubmitOptions {
  readonly to?: string;
  readonly competition?: string;
  readonly message?: string;
  readonly accept?: string[];
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** Lints a submission again and sends it. */
export async function submit(
  { terminal, signal, exitWith }: CommandContext,
  given: string,
  { to, competition, message, accept, submissions, store, json }: SubmitOptions,
): Promise<void> {
  const destination = to === undefined ? undefined : destinations.get(to);
  const prepared = await prepareSending(given, { submissions, store, accept });
  const { run, csv, edited, lint } = prepared;
  const print = (lines: readonly string[], result: { sent: boolean; answer?: string }) => {
    if (json) terminal.out(JSON.stringify({ ...result, csv, edited, lint }, undefined, 2));
    else for (const line of lines) terminal.out(line);
  };
  if (!json) {
    for (const line of describeFindings(lint)) terminal.out(line);
    if (edited) terminal.out('WARNING the CSV was changed since the run wrote it');
  }
  if (!lint.ok) {
    print([`Nothing was sent: ${lint.errors} error${lint.errors === 1 ? '' : 's'} to fix first.`], {
      sent: false,
    });
    exitWith(exitCodes.problems);
    return;
  }
  if (destination === undefined) {
    const places = destinations.names().join('|');
    print([`${csv}: ${lint.rows} rows, no errors. To send it: --to ${places}, or upload it yourself.`], {
      sent: false,
    });
    return;
  }
  const { output } = await destination.send({
    competition: competition ?? run.competition,
    file: csv,
    message: message ?? prepared.message,
    signal,
  });
  print([output, `Once it is scored: podium score ${run.run} --public SCORE`], {
    sent: true,
    answer: output,
  });
}
