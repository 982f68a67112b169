import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { COMPETITIONS, commonSettings } from './app/competitions.ts';
import { BASELINE, RECIPES } from './app/recipes.ts';
import { AppRuns } from './app/run-app.ts';
import { scoreAnswers } from './app/score-answers.ts';
import { costs, interval, row, type Shown, scores } from './app/tables.ts';
import { type Experiment, say } from './experiment.ts';

const help = `npm run results -- food-recipes --data FOLDER [--only NAME,...] [--out FOLDER]

Ways to use one pretrained network on a few hundred photographs: frozen features and several kinds of fine-tuning. Each is a
run of Podium on the folder of "podium demo food" (data/food, with its answers). Prints the cross-validation score, the gain
over frozen features in a paired comparison on the same images, the true test score, time and memory.
--out (food-recipes) keeps settings, submissions and a store, so a second run computes only what is missing.
Recipes: ${Object.keys(RECIPES).join(', ')}.`;

/** Frozen features against fine-tuning. */
export const foodRecipes: Experiment = { name: 'food-recipes', help, run };

interface Comparison {
  readonly heads: Readonly<Record<string, { readonly difference: Shown; readonly withinNoise: boolean }>>;
}

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string', default: 'food-recipes' },
    },
  });
  if (values.data === undefined) throw new Error(`--data FOLDER is missing\n\n${help}`);
  const data = resolve(values.data);
  const runs = new AppRuns(values.out, commonSettings('food', data));
  const wanted = values.only?.split(',') ?? Object.keys(RECIPES);
  const found: Record<string, unknown>[] = [];
  const lines = ['recipe', 'CV macro F1', 'accuracy', 'gain', 'test', 's', 'CPU s', 'GB'];
  const table = [row(lines), row(lines.map(() => '---'))];
  for (const name of new Set([BASELINE, ...wanted])) {
    const recipe = RECIPES[name];
    if (recipe === undefined)
      throw new Error(`no recipe ${name}; there are ${Object.keys(RECIPES).join(', ')}`);
    const made = await runs.run(name, recipe);
    const test = await scoreAnswers(made.json.submission, `${data}.answers.csv`, COMPETITIONS.food.metric);
    const compared =
      name === BASELINE
        ? undefined
        : (await runs.podium<Comparison>(['runs', 'compare', BASELINE, name])).json.heads;
    const [gain] = Object.values(compared ?? {});
    const gainCell =
      gain === undefined ? '' : `${interval(gain.difference)}${gain.withinNoise ? ', within noise' : ''}`;
    table.push(row([name, ...scores(made.json.score), gainCell, interval(test), ...costs(made)]));
    say(table.at(-1)!);
    const { json, ...used } = made;
    found.push({ name, cv: json.score.heads[0].cv, gain, test, ...used });
  }
  say(`\n${table.join('\n')}`);
  return { experiment: 'food-recipes', recipes: found };
}
