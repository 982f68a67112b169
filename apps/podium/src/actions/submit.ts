import { type PreparedSending, prepareSending, withCheckedFile } from '@podium/competition';
import { hashBytes, PodiumError } from '@podium/core';
import { destinations } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { canAsk, confirm, trustOf } from '../terminal/ask.ts';
import { describeLintFindings } from '../terminal/describe-result.ts';
import { countOf } from '../terminal/format.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly to?: string;
  readonly competition?: string;
  readonly message?: string;
  readonly accept?: string[];
  readonly yes?: true;
  readonly trust?: true;
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** `podium submit`. */
export async function submit(
  context: CommandContext,
  runName: string,
  { to, competition, message, accept, submissions, store, yes, trust, json }: Options,
): Promise<void> {
  const { terminal, signal, setExitCode } = context;
  const destination = to === undefined ? undefined : destinations.get(to);
  const prepared = await prepareSending(runName, {
    submissions,
    store,
    accept,
    trust: trustOf(context, trust),
  });
  const { run, csv, edited, lint, acceptedByRun } = prepared;
  const printResult = (lines: readonly string[], result: { sent: boolean; answer?: string }) => {
    if (json) printJson(terminal, { ...result, csv, edited, lint });
    else printLines(terminal, lines);
  };
  if (!json) {
    printLines(terminal, describeLintFindings(lint));
    if (acceptedByRun.length > 0 && !lint.ok)
      terminal.print(
        `The record accepts ${acceptedByRun.join(', ')}, but only your settings and --accept count.`,
      );
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
  const target = competition ?? run.competition;
  if (yes !== true) await assertConfirmed(context, prepared, { to: destination.name, competition: target });
  else terminal.log(sendingLine(prepared, { to: destination.name, competition: target }));
  const { output } = await withCheckedFile(prepared, (file) =>
    destination.send({ competition: target, file, message: message ?? prepared.message, signal }),
  );
  printResult([...output.split(/\r?\n/), `Once it is scored: podium score ${run.run} --public SCORE`], {
    sent: true,
    answer: output,
  });
}

interface Target {
  readonly to: string;
  readonly competition: string;
}

function sendingLine({ csv, lint, bytes }: PreparedSending, { to, competition }: Target): string {
  const rows = countOf(lint.rows, 'row');
  return `sending ${csv} (${rows}, SHA-256 ${hashBytes(bytes).slice(0, 12)}) to the competition ${JSON.stringify(competition)} at ${to}`;
}

/** An upload cannot be undone, and a record could name any competition. */
async function assertConfirmed(
  context: CommandContext,
  prepared: PreparedSending,
  target: Target,
): Promise<void> {
  if (canAsk(context)) {
    context.terminal.log(sendingLine(prepared, target));
    if (await confirm(context, 'Send it?')) return;
    throw new PodiumError({ code: 'submit-declined', message: 'nothing was uploaded' });
  }
  throw new PodiumError({
    code: 'submit-unconfirmed',
    path: { file: prepared.csv },
    message: `nobody can confirm here that it goes to the competition ${JSON.stringify(target.competition)} at ${target.to}`,
    fix: 'if that is right, add --yes; --competition NAME names another one',
  });
}
