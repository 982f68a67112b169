import { examineTraining } from '@podium/competition';
import type { DoctorFinding, PerformanceTip } from '@podium/training';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';

interface Options {
  readonly model?: string;
  readonly checks?: readonly string[];
  readonly store?: string;
  readonly json?: true;
}

/** `podium doctor`. */
export async function doctor(
  { terminal, signal, exitWith }: CommandContext,
  settings: string,
  { json, ...options }: Options,
): Promise<void> {
  const print = (line: string) => (json ? terminal.say(line) : terminal.out(line));
  const examination = await examineTraining(settings, {
    ...options,
    signal,
    onEvent: competitionReporter(terminal),
    onFinding: (finding) => {
      for (const line of describe(finding.title, finding)) print(line);
    },
  });
  const { findings, tips, profile, model } = examination;
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  if (json) terminal.out(JSON.stringify(examination, undefined, 2));
  else {
    terminal.out('');
    terminal.out(`What slows training of ${model}:`);
    for (const tip of tips) for (const line of describe(tip.name, tip)) terminal.out(line);
    terminal.out('');
    for (const line of profile.split('\n')) terminal.out(line);
    terminal.out(
      problems === 0 ? 'No problems found.' : `${problems} ${problems === 1 ? 'problem' : 'problems'} found.`,
    );
  }
  if (problems > 0) exitWith(exitCodes.problems);
}

function describe(
  title: string,
  { verdict, evidence, fix }: Omit<DoctorFinding, 'name' | 'title'> | PerformanceTip,
): string[] {
  const mark = { ok: 'ok', warning: 'WARNING', problem: 'PROBLEM', skipped: 'skipped' }[verdict];
  return [`${mark.padEnd(8)} ${title}: ${evidence}`, ...(fix === undefined ? [] : [`         fix: ${fix}`])];
}
