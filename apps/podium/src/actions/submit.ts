import { prepareSending } from '@podium/competition';
import { destinations } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeLintFindings } from '../terminal/describe-result.ts';
import { countOf } from '../terminal/format.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly to?: string;
  readonly competition?: string;
  readonly message?: string;
  readonly accept?: string[];
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** `podium submit`. */
export async function submit(
  { terminal, signal, setExitCode }: CommandContext,
  runName: string,
  { to, competition, message, accept, submissions, store, json }: Options,
): Promise<void> {
  const destination = to === undefined ? undefined : destinations.get(to);
  const prepared = await prepareSending(runName, { submissions, store, accept });
  const { run, csv, edited, lint } = prepared;
  const printResult = (lines: readonly string[], result: { sent: boolean; answer?: string }) => {
    if (json) printJson(terminal, { ...result, csv, edited, lint });
    else printLines(terminal, lines);
  };
  if (!json) {
    printLines(terminal, describeLintFindings(lint));
    if (edited) terminal.print('WARNING the CSV was edited after the run wrote it');
  }
  if (!lint.ok) {
    printResult([`Nothing was uploaded: fix ${countOf(lint.errors, 'error')} first.`], { sent: false });
    setExitCode(exitCodes.problems);
    return;
  }
  if (destination === undefined) {
    const names = destinations.names().join('|');
    printResult([`${csv}: ${lint.rows} rows, no errors. Upload it yourself, or with --to ${names}.`], {
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
  printResult([output, `Once it is scored: podium score ${run.run} --public SCORE`], {
    sent: true,
    answer: output,
  });
}
