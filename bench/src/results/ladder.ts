import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { COMPETITIONS, type CompetitionName, commonSettings } from './app/competitions.ts';
import { LADDERS, type Rung } from './app/ladders.ts';
import { type AppResult, AppRuns, type ShownScore } from './app/run-app.ts';
import { scoreAnswers } from './app/score-answers.ts';
import { costs, interval, row, scores } from './app/tables.ts';
import { type Experiment, say } from './experiment.ts';

const help = `npm run results -- ladder --data FOLDER --of food|digits [--out FOLDER]

From one model to ensembles, one step at a time: test-time views, folds, seeds, architectures, selection, stacking. Each is a
run of Podium, or a blend of runs, on the folder of "podium demo food" or "podium demo digits" (with its answers). Prints the
cross-validation score (nested for blends), the true test score, and the additional time and memory of each step.
--out (ladder-food, ladder-digits) keeps settings, submissions and a store.`;

/** What each step to an ensemble is worth. */
export const ladder: Experiment = { name: 'ladder', help, run };

interface Made {
  readonly score: ShownScore;
  readonly submission: string;
}

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: { data: { type: 'string' }, of: { type: 'string' }, out: { type: 'string' } },
  });
  const { of } = values;
  if (values.data === undefined || of === undefined || !Object.hasOwn(LADDERS, of))
    throw new Error(`--data FOLDER and --of food or digits are needed\n\n${help}`);
  const data = resolve(values.data);
  const name = of as CompetitionName;
  const { metric, folds } = COMPETITIONS[name];
  const runs = new AppRuns(values.out ?? `ladder-${of}`, commonSettings(name, data));
  const found: Record<string, unknown>[] = [];
  const cells = ['step', `CV ${metric}`, 'accuracy', 'test', 's', 'CPU s', 'GB'];
  const table = [row(cells), row(cells.map(() => '---'))];
  for (const rung of LADDERS[name]!) {
    const made = await makeRung(runs, rung, folds);
    const test = await scoreAnswers(resolve(made.json.submission), `${data}.answers.csv`, metric);
    table.push(row([rung.what, ...scores(made.json.score), interval(test), ...costs(made)]));
    say(table.at(-1)!);
    const { json, ...used } = made;
    found.push({ name: rung.name, what: rung.what, cv: json.score.heads[0].cv, test, ...used });
  }
  say(`\n${table.join('\n')}`);
  return { experiment: 'ladder', of, steps: found };
}

async function makeRung(runs: AppRuns, rung: Rung, folds: number): Promise<AppResult<Made>> {
  if ('run' in rung) {
    const { only, ...settings } = rung.run;
    // The linter rejects submissions of some folds only, but here that is intended.
    const some = { folds: { count: folds, only }, submission: { accept: ['every-fold'] } };
    return await runs.run(rung.name, { ...settings, ...(only !== undefined && some) });
  }
  const { blend, method, name } = rung;
  return await runs.podium(['ensemble', ...blend, '--method', method, '--out', name]);
}
