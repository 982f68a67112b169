import { examineTraining } from '@podium/competition';
import type { DoctorFinding, PerformanceTip } from '@podium/training';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { settingsArguments } from '../settings-arguments.ts';
import { trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { countOf } from '../terminal/format.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly model?: string;
  readonly checks?: readonly string[];
  readonly store?: string;
  readonly trust?: true;
  readonly json?: true;
}

/** `podium doctor`. */
export async function doctor(
  context: CommandContext,
  given: readonly string[],
  { json, ...options }: Options,
): Promise<void> {
  const { terminal, signal, setExitCode } = context;
  const { settings, overrides } = settingsArguments(given);
  const printFinding = (line: string) => (json ? terminal.log(line) : terminal.print(line));
  const examination = await examineTraining(settings, {
    ...options,
    trust: trustOf(context, options.trust),
    overrides,
    signal,
    onEvent: competitionReporter(terminal),
    onFinding: (finding) => {
      for (const line of describe(finding.title, finding)) printFinding(line);
    },
  });
  const { findings, tips, profile, model } = examination;
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  if (json) printJson(terminal, examination);
  else {
    printLines(terminal, [
      '',
      `What slows training of ${model}:`,
      ...tips.flatMap((tip) => describe(tip.name, tip)),
      '',
      ...profile.split('\n'),
      problems === 0 ? 'No problems found.' : `${countOf(problems, 'problem')} found.`,
    ]);
  }
  if (problems > 0) setExitCode(exitCodes.problems);
}

function describe(
  title: string,
  { verdict, evidence, fix }: Omit<DoctorFinding, 'name' | 'title'> | PerformanceTip,
): string[] {
  const mark = { ok: 'ok', warning: 'WARNING', problem: 'PROBLEM', skipped: 'skipped' }[verdict];
  return [`${mark.padEnd(8)} ${title}: ${evidence}`, ...(fix === undefined ? [] : [`         fix: ${fix}`])];
}
