// npm run parity -- FILE...: compares Podium with reference files from PyTorch, timm and scikit-learn, one line per file.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { checkSklearnFile } from '@podium/metrics/parity';
import { compareModel, isModelReference } from '@podium/model-zoo/parity';
import { compareOptim, isOptimReference } from '@podium/training/parity';

const help = `npm run parity -- FILE...

Compares Podium with reference files:
  a model of timm or torchvision  logits, features, training loss, gradient norm of every parameter
  PyTorch's optimizers            losses of ten steps, schedules, losses
  scikit-learn's metrics          every case
Prints one line per file with the largest deviation of each quantity ("!" if it exceeds the tolerance).
Exits with 1 if one does or the model is unknown, and with 2 if a file cannot be read.`;

/** One quantity of one file. */
interface Figure {
  readonly what: string;
  readonly deviation: number;
  readonly ok: boolean;
  readonly where?: string | undefined;
}

const files = process.argv.slice(2);
// npm runs scripts in the workspace's folder; INIT_CWD is where it was called.
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
    const { title, figures } = compare(JSON.parse(await readFile(resolve(from, file), 'utf8')), file);
    const ok = figures.every((figure) => figure.ok);
    const shown = figures.map(({ what, deviation, ok: fits, where }) => {
      const place = fits || where === undefined ? '' : ` (${where})`;
      return `${what} ${deviation.toExponential(1)}${fits ? '' : '!'}${place}`;
    });
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${title.padEnd(44)} ${shown.join('  ')}\n`);
    return ok ? 0 : 1;
  } catch (error) {
    process.stdout.write(`FAILED ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof PodiumError ? 1 : 2;
  }
}

function compare(reference: unknown, file: string): { title: string; figures: Figure[] } {
  if (isModelReference(reference)) {
    const figures = compareModel(reference).map(({ what, deviation, limit, where }) => ({
      what,
      deviation,
      ok: deviation <= limit,
      where,
    }));
    return { title: `${reference.source} ${reference.model}`, figures };
  }
  if (isOptimReference(reference)) {
    const figures = compareOptim(reference).map(({ what, deviation, limit }) => ({
      what,
      deviation,
      ok: deviation <= limit,
    }));
    return { title: `optimizers (${reference.source})`, figures };
  }
  const figures = checkSklearnFile(reference).map(({ name, worst, ok }) => ({
    what: name,
    deviation: worst,
    ok,
  }));
  return { title: `metrics (${file.split(/[\\/]/).pop()})`, figures };
}
