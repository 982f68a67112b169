import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { loadEngine } from '@podium/engine';
import { type Experiment, say } from './experiment.ts';
import { CONTESTANTS } from './mnist-semi/contestants.ts';
import { readDigits } from './mnist-semi/data.ts';
import { type SemiRun, trainContestant } from './mnist-semi/train.ts';

const help = `npm run results -- mnist-semi --data FOLDER [--labels 100,600,1000,3000] [--seeds N] [--part dropout|conv] [--only NAME]
                                [--steps N] [--out FILE] [--threads N]

MNIST with few labels, the other training images unlabeled, evaluated on the 10,000 test images (Lee 2013's protocol):
a network with one hidden layer of 5,000 units and dropout, without and with pseudo labels; and a small convolutional
network, supervised, with FixMatch and with Meta Pseudo Labels, on the same splits. Test error in percent, mean and
standard deviation over 5 seeds, which determine splits and initial weights. --out keeps one line per run, and skips runs
that it already has.`;

interface Row extends SemiRun {
  readonly contestant: string;
  readonly labels: number;
  readonly seed: number;
  readonly steps: number;
}

/** Lee's protocol on MNIST. */
export const mnistSemi: Experiment = { name: 'mnist-semi', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string' },
      labels: { type: 'string', default: '100,600,1000,3000' },
      seeds: { type: 'string', default: '5' },
      part: { type: 'string' },
      only: { type: 'string' },
      steps: { type: 'string' },
      out: { type: 'string' },
      threads: { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error(`--data FOLDER is missing\n\n${help}`);
  await loadEngine({
    backend: 'tensorflow',
    deterministic: true,
    ...(values.threads !== undefined && { threads: Number(values.threads) }),
  });
  const digits = await readDigits(values.data);
  const rows = values.out === undefined ? [] : await readRows(values.out);
  const wanted = Object.entries(CONTESTANTS).filter(
    ([name, { part }]) =>
      (values.part === undefined || part === values.part) &&
      (values.only === undefined || name === values.only),
  );
  const labels = values.labels.split(',').map(Number);
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    for (const count of labels) {
      for (const [contestant, settings] of wanted) {
        const steps = Number(values.steps ?? settings.steps);
        const about = { contestant, labels: count, seed, steps };
        if (
          rows.some((row) => Object.entries(about).every(([key, value]) => row[key as keyof Row] === value))
        )
          continue;
        const row = { ...about, ...(await trainContestant(digits, settings, about)) };
        rows.push(row);
        if (values.out !== undefined) {
          await mkdir(dirname(values.out), { recursive: true });
          await appendFile(values.out, `${JSON.stringify(row)}\n`);
        }
        say(
          `${contestant}, ${count} labels, seed ${seed}: ${row.error.toFixed(2)} % (${row.cpuSeconds.toFixed(0)} CPU s)`,
        );
      }
    }
  }
  say(table(rows, labels));
  return { experiment: 'mnist-semi', rows };
}

async function readRows(file: string): Promise<Row[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Markdown: one line per contestant, one column per number of labels. */
function table(rows: readonly Row[], labels: readonly number[]): string {
  const cell = (contestant: string, count: number) => {
    const errors = rows
      .filter((row) => row.contestant === contestant && row.labels === count)
      .map((row) => row.error);
    if (errors.length === 0) return '';
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const spread = Math.sqrt(
      errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (errors.length - 1),
    );
    return errors.length === 1
      ? `${mean.toFixed(2)} (1 seed)`
      : `${mean.toFixed(2)} +- ${spread.toFixed(2)} (${errors.length})`;
  };
  return [
    `| test error, % | ${labels.join(' | ')} |`,
    `| --- |${labels.map(() => ' --- |').join('')}`,
    ...Object.keys(CONTESTANTS).map(
      (name) => `| ${name} | ${labels.map((count) => cell(name, count)).join(' | ')} |`,
    ),
  ].join('\n');
}
