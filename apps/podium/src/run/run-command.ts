import { readJsonFile } from '../artefacts/json.ts';
import type { CommandContext } from '../commands/context.ts';
import { readSettings } from '../settings/read-settings.ts';
import type { ScoreReport } from '../stages/score.ts';
import { openProject, runProject } from './project.ts';
import { outputsOf, prepare } from './run-competition.ts';

interface Options {
  readonly plan?: true | undefined;
  readonly store?: string | undefined;
  readonly submissions?: string | undefined;
  readonly json?: true | undefined;
}

export async function runCommand(context: CommandContext, path: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const found = await readSettings(path);
  const project = await openProject(found, { terminal, signal }, { store: options.store });
  try {
    const prepared = await prepare(project);
    const report = await runProject(project, prepared.graph, ['score', 'submission']);
    const score = await readJsonFile<ScoreReport>(outputsOf(report, 'score').score as string);
    terminal.out(JSON.stringify(score, undefined, 1));
    terminal.out(JSON.stringify(outputsOf(report, 'submission')));
  } finally {
    await project.executor.close();
  }
}
