import { examine, readSettings, withProject } from '@podium/competition';
import type { DoctorFinding, PerformanceTip } from '@podium/training';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';

interface Options {
  readonly model?: string | undefined;
  readonly checks?: readonly string[] | undefined;
  readonly store?: string | undefined;
  readonly json?: true | undefined;
}

/** `podium doctor`. */
export async function doctorCommand(context: CommandContext, path: string, options: Options): Promise<void> {
  const { terminal } = context;
  const found = await readSettings(path);
  const tell = (line: string) => (options.json ? terminal.say(line) : terminal.out(line));
  const examination = await withProject(context, found, options, (project) =>
    examine(project, {
      model: options.model,
      checks: options.checks,
      onFinding: (finding) => {
        for (const line of describe(finding.title, finding)) tell(line);
      },
    }),
  );
  const { findings, tips, profile, model } = examination;
  if (options.json) terminal.out(JSON.stringify(examination, undefined, 2));
  else {
    terminal.out('');
    terminal.out(`What holds a step of ${model} up:`);
    for (const tip of tips) for (const line of describe(tip.name, tip)) terminal.out(line);
    terminal.out('');
    for (const line of profile.split('\n')) terminal.out(line);
  }
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  if (!options.json) {
    terminal.out(
      problems === 0
        ? 'No problem was found.'
        : `${problems} ${problems === 1 ? 'problem' : 'problems'} found.`,
    );
  }
  if (problems > 0) context.exitWith(exitCodes.problems);
}

function describe(
  title: string,
  { verdict, evidence, fix }: Omit<DoctorFinding, 'name' | 'title'> | PerformanceTip,
): string[] {
  const mark = { ok: 'ok', warning: 'WARNING', problem: 'PROBLEM', skipped: 'skipped' }[verdict];
  return [`${mark.padEnd(8)} ${title}: ${evidence}`, ...(fix === undefined ? [] : [`         fix: ${fix}`])];
}
