// npm run parity -- FILE...: holds Podium to reference files of PyTorch, timm and scikit-learn; a line a figure.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { compareModel, isModelReference } from '@podium/model-zoo/parity';

const help = `npm run parity -- FILE...

Builds the model that each file names, fills it by the names of its tensors, and compares logits,
features, training loss and gradient norms with what the file says PyTorch computes.
Exits with 1 where one is out of tolerance or the model is unknown, with 2 where a file cannot be read.`;

const files = process.argv.slice(2);
// npm changes into the workspace's folder, and says where it was called.
const from = process.env.INIT_CWD ?? process.cwd();
if (files.length === 0 || files.includes('--help')) {
  process.stderr.write(`${help}\n`);
  process.exitCode = files.length === 0 ? 2 : 0;
} else {
  await loadEngine({ backend: 'auto' });
  for (const file of files) process.exitCode = Math.max(Number(process.exitCode ?? 0), await check(file));
}

async function check(file: string): Promise<number> {
  try {
    const reference: unknown = JSON.parse(await readFile(resolve(from, file), 'utf8'));
    if (!isModelReference(reference)) throw new SyntaxError('not a reference file of a known form');
    const comparisons = compareModel(reference);
    const ok = comparisons.every(({ deviation, limit }) => deviation <= limit);
    const figures = comparisons.map(
      ({ what, deviation, limit, where }) =>
        `${what} ${deviation.toExponential(1)}${deviation <= limit ? '' : `!${where === undefined ? '' : ` (${where})`}`}`,
    );
    process.stdout.write(
      `${ok ? 'ok    ' : 'FAILED'} ${`${reference.source} ${reference.model}`.padEnd(44)} ${figures.join('  ')}\n`,
    );
    return ok ? 0 : 1;
  } catch (error) {
    if (error instanceof PodiumError) {
      process.stdout.write(`FAILED ${file}: ${error.message}\n`);
      return 1;
    }
    process.stdout.write(`FAILED ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}
