import { parseArgs } from 'node:util';
import { loadEngine } from '@podium/engine';
import { recompute as enableRecompute } from '@podium/nn';
import { type Experiment, say } from './experiment.ts';
import { medianSpent, peakOf, spent, stepBench } from './training-step.ts';

const help = `npm run results -- recompute [--models NAME,...] [--batch N] [--steps N]

Peak tensor memory and time of the forward and backward pass at 224, without and with gradient checkpointing of the
network's blocks.`;

/** What gradient checkpointing saves and costs. */
export const recompute: Experiment = { name: 'recompute', help, run };

async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      models: { type: 'string', default: 'mobilenetv2_100,efficientnet_lite0,resnet50,densenet121' },
      batch: { type: 'string', default: '16' },
      steps: { type: 'string', default: '3' },
    },
  });
  await loadEngine({ backend: 'tensorflow' });
  const rows: Record<string, number | string>[] = [];
  for (const model of values.models.split(',')) {
    const bench = stepBench(model, Number(values.batch), { name: 'sgd', learningRate: 0.01 });
    const measure = () => {
      bench.gradients();
      const peak = peakOf(bench.gradients);
      return {
        peak,
        ...medianSpent(Array.from({ length: Number(values.steps) }, () => spent(bench.gradients))),
      };
    };
    const plain = measure();
    const disable = enableRecompute(bench.model);
    const again = measure();
    disable();
    bench.dispose();
    rows.push({
      model,
      plain: plain.peak,
      recomputed: again.peak,
      cpu: again.cpu / plain.cpu,
      wall: again.wall / plain.wall,
    });
    say(
      `${model.padEnd(22)} ${(plain.peak / 1e6).toFixed(0).padStart(6)} MB -> ${(again.peak / 1e6).toFixed(0).padStart(5)} MB ` +
        `(${(plain.peak / again.peak).toFixed(1)}x less)  time x ${(again.wall / plain.wall).toFixed(2)}, CPU x ${(again.cpu / plain.cpu).toFixed(2)}`,
    );
  }
  return { experiment: 'recompute', batch: Number(values.batch), rows };
}
