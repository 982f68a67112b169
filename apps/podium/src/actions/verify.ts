import { type RunVerification, verifyRun } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly signers?: string;
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** `podium verify`. */
export async function verify(
  { terminal, signal, setExitCode }: CommandContext,
  given: string,
  { json, ...options }: Options,
): Promise<void> {
  const verified = await verifyRun(given, { ...options, signal });
  const { run, ...result } = verified;
  if (json) printJson(terminal, { run: run.run, ...result, recomputed: 0 });
  else printLines(terminal, describe(verified));
  if (isWrong(verified, options.signers !== undefined)) setExitCode(exitCodes.problems);
}

/** Whether something is not as recorded or signed; where signers are named, all has to be signed by them. */
function isWrong({ csv, record, report, stored }: RunVerification, isStrict: boolean): boolean {
  const signatures = report === undefined ? [record] : [record, report];
  const isUnsigned = signatures.some(({ status }) => (isStrict ? status !== 'known' : status === 'bad'));
  return isUnsigned || (csv !== undefined && csv !== 'as recorded') || stored.different.length > 0;
}

function describe({ run, csv, record, report, stored }: RunVerification): string[] {
  const { same, missing, different } = stored;
  const results = `${same} as recorded, ${missing} missing`;
  return [
    `Record:  ${signedBy(record)}`,
    ...(csv === undefined ? [] : [`CSV:     ${csv}`]),
    ...(report === undefined ? [] : [`Report:  ${signedBy(report)}`]),
    `Store:   ${different.length === 0 ? results : `${results}, DIFFERENT: ${different.join(', ')}`}`,
    `Nothing was computed: whether the record is right, this shows: podium rebuild ${run.file}`,
  ];
}

function signedBy(verdict: RunVerification['record']): string {
  switch (verdict.status) {
    case 'none':
      return 'not signed';
    case 'good':
      return `signed with the ${verdict.key}; whose key that is, a list says: --signers FILE`;
    case 'known':
      return `signed by ${verdict.signer}, with the ${verdict.key}`;
    case 'unknown':
      return `SIGNED BY NOBODY IN THE LIST, with the ${verdict.key}`;
    case 'bad':
      return 'CHANGED since it was signed, or the signature is damaged';
  }
}
