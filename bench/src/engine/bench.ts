import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { loadEngine } from '@podium/engine';
import { Contestant, type Results, race, timesOf } from '../contestant.ts';
import { type Budget, precisionsHere } from '../limits.ts';
import { type BenchReport, median } from '../report.ts';
import { ourCommand, peerCommand } from './commands.ts';
import { type ModelName, modelNames } from './models.ts';

const BATCH = 16;
const MODES = ['train', 'infer'] as const;

export const help = `npm run bench -- engine [--peer-python PATH] [--models NAME,...] [--rounds N] [--skip-stock] [--profile]

Training and inference at 224x224, batch ${BATCH}, of ${modelNames.join(', ')} with
  stock     TensorFlow.js's own layers on the same TensorFlow
  float32   Podium's engine
  bfloat16  Podium's engine, convolutions and matrix products in bfloat16
  torch_*   PyTorch: default, channels_last, channels_last with bfloat16 autocast,
            if the Python at PATH has torch and torchvision
Each contestant is a separate process, and they take turns of a few steps; ratios are computed per turn. Without bfloat16
instructions in the CPU, those contestants are left out.
--profile also prints the kernels of a training step.`;

/** Measures, prints and returns the figures. */
export async function run(args: string[], budget: Budget): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: {
      'peer-python': { type: 'string' },
      models: { type: 'string', default: modelNames.join(',') },
      rounds: { type: 'string', default: '5' },
      'skip-stock': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const models = values.models.split(',') as ModelName[];
  for (const model of models)
    if (!modelNames.includes(model)) throw new Error(`no model "${model}"\n\n${help}`);
  // Sets up TensorFlow before any contestant needs it.
  const { threads } = await loadEngine({ backend: 'tensorflow', threads: availableParallelism() });
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const precisions = await precisionsHere();
  await budget.spread(models, async (name, share) => {
    const model = name as ModelName;
    const ours = precisions.map((precision): Entry => [precision, ourCommand(precision, model, BATCH)]);
    const python = values['peer-python'];
    const peers =
      python === undefined
        ? []
        : [
            'torch_default',
            'torch_channels_last',
            ...precisions.slice(1).map((precision) => `torch_${precision}`),
          ].map((peer): Entry => [peer, peerCommand(python, peer, model, BATCH, threads)]);
    // Stock layers need so much memory that they are only compared with float32.
    const stock: Entry = ['stock', ourCommand('stock', model, BATCH)];
    const matches = [[...ours, ...peers], ...(values['skip-stock'] ? [] : [[stock, ours[0]!]])];
    for (const [i, match] of matches.entries()) {
      const own = share.share(matches.length - i);
      const results = await race(new Map(match), MODES, { rounds: Number(values.rounds), budget: own });
      for (const mode of MODES) tabulate(model, mode, results, figures, ratios);
    }
  });
  if (values.profile) for (const model of models) await printProfiles(model, precisions);
  return { bench: 'engine', figures, ratios };
}

type Entry = readonly [name: string, command: readonly string[]];

async function printProfiles(model: ModelName, precisions: readonly string[]): Promise<void> {
  for (const precision of precisions) {
    const contestant = await Contestant.start(precision, ourCommand(precision, model, BATCH));
    try {
      await contestant.turn('train');
      const { table } = (await contestant.ask('profile')) as { table: string };
      process.stderr.write(`\n${model}, one training step in ${precision}\n${table}`);
    } finally {
      contestant.stop();
    }
  }
}

function tabulate(
  model: string,
  mode: (typeof MODES)[number],
  results: Results,
  figures: Record<string, number>,
  ratios: Record<string, number>,
): void {
  const names = [...results.keys()];
  const times = (name: string) => timesOf(results, name, mode);
  for (const name of names) {
    const speed = (BATCH * 1000) / median(times(name));
    const memory = Math.max(...(results.get(name)?.get(mode) ?? []).map(({ peakRss }) => peakRss));
    const key = `${mode}.${model}.${name}`;
    // float32 runs twice; its figure comes from the comparison with the others.
    if (!(`${key}.images_per_second` in figures)) {
      figures[`${key}.images_per_second`] = speed;
      // The peak includes training, which ran first in the same process, so it is printed only once.
      if (mode === 'train') figures[`${key}.peak_rss_gb`] = memory / 1e9;
    }
    process.stderr.write(
      `${key.padEnd(42)} ${speed.toFixed(1).padStart(7)} images/s${mode === 'train' ? `  ${(memory / 1e9).toFixed(2)} GB` : ''}\n`,
    );
  }
  const turns = (of: string, by: string) => times(of).map((time, turn) => times(by)[turn]! / time);
  const rivals: Record<string, string[]> = {
    float32: ['stock', 'torch_default', 'torch_channels_last'],
    bfloat16: ['float32', 'torch_channels_last', 'torch_bfloat16'],
  };
  for (const [of, others] of Object.entries(rivals)) {
    for (const by of others) {
      if (!results.has(of) || !results.has(by)) continue;
      const ratio = median(turns(of, by));
      ratios[`${mode}.${model}.${of}_vs_${by}`] = ratio;
      process.stderr.write(`${`${mode}.${model}.${of}_vs_${by}`.padEnd(56)} ${ratio.toFixed(2)}x\n`);
    }
  }
}
