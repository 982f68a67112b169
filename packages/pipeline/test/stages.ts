/* Stages for tests; their own module, since child processes import it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { defineStage } from '../src/index.ts';

const module = import.meta.url;

/** Splits the rows of a table into folds: writes each row with its fold. */
export const split = defineStage({
  name: 'split',
  version: '1',
  module,
  settings: z.object({ folds: z.int().min(2).default(2) }),
  inputs: { data: { kind: 'folder', type: 'competition' } },
  outputs: { folds: { kind: 'file', type: 'folds', path: 'folds.csv' } },
  cheap: true,
  run: async ({ settings, inputs, outputs }) => {
    const rows = (await readFile(join(inputs.data, 'train.csv'), 'utf8')).trim().split('\n');
    await writeFile(outputs.folds, rows.map((row, i) => `${row},${i % settings.folds}`).join('\n'));
  },
});

/** "Trains": writes random numbers in several steps, so that there is much to interrupt. */
export const train = defineStage({
  name: 'train',
  version: '1',
  module,
  settings: z.object({
    fold: z.int(),
    lr: z.number().positive().default(0.1),
    steps: z.int().default(3),
    stepMs: z.int().default(0),
    bytes: z.int().default(5000),
  }),
  inputs: { folds: { kind: 'file', type: 'folds' } },
  outputs: {
    model: { kind: 'folder', type: 'checkpoint' },
    predictions: { kind: 'file', type: 'predictions' },
  },
  random: true,
  needs: () => ({ cores: 1, memoryBytes: 32 << 20 }),
  run: async ({ settings, inputs, outputs, rng, report, signal }) => {
    await mkdir(outputs.model);
    const stream = rng.split('fold', settings.fold);
    for (let step = 0; step < settings.steps; step++) {
      signal.throwIfAborted();
      const values = Uint32Array.from({ length: settings.bytes / 4 }, () => stream.uint32());
      await writeFile(join(outputs.model, `step-${step}.bin`), values);
      report({ done: step + 1, total: settings.steps, unit: 'steps' });
      if (settings.stepMs > 0) await sleep(settings.stepMs, undefined, { signal });
    }
    const folds = await readFile(inputs.folds, 'utf8');
    await writeFile(outputs.predictions, `${settings.lr} ${stream.uint32()}\n${folds}`);
  },
});

/** Joins the predictions of all folds. */
export const blend = defineStage({
  name: 'blend',
  version: '1',
  module,
  settings: z.object({}),
  inputs: { predictions: { kind: 'file', type: 'predictions', many: true } },
  outputs: { submission: { kind: 'file', type: 'submission', path: 'submission.csv' } },
  cheap: true,
  run: async ({ inputs, outputs }) => {
    const texts = await Promise.all(inputs.predictions.map((path) => readFile(path, 'utf8')));
    await writeFile(outputs.submission, texts.join('--\n'));
  },
});

/** Writes which process ran it, and how many jobs that process has run; with `fail` it throws. */
export const warm = defineStage({
  name: 'warm',
  version: '1',
  module,
  settings: z.object({ which: z.int(), fail: z.boolean().default(false) }),
  inputs: {},
  outputs: { out: { kind: 'file', type: 'text' } },
  warm: true,
  run: async ({ settings, outputs }) => {
    jobs++;
    console.log(`job ${settings.which}`);
    if (settings.fail) throw new Error('failed on request');
    await writeFile(outputs.out, `${process.pid} ${jobs}`);
  },
});
let jobs = 0;

/** Misbehaves. `marker` is a file that tells a second attempt about the first. */
export const trouble = defineStage({
  name: 'trouble',
  version: '1',
  module,
  settings: z.object({ how: z.string(), marker: z.string().default('') }),
  inputs: {},
  outputs: { out: { kind: 'file', type: 'text' } },
  run: async (context) => {
    const { settings, outputs, signal, scratchFolder } = context;
    const { marker } = settings;
    const again = marker !== '' && (await readFile(marker, 'utf8').catch(() => undefined)) !== undefined;
    if (marker !== '') await writeFile(marker, String(process.pid));
    const how = again && settings.how.endsWith('-once') ? 'nothing' : settings.how.replace(/-once$/, '');
    const acts: Readonly<Record<string, () => Promise<unknown> | unknown>> = {
      nothing: () => {},
      crash: () => {
        console.error('something native went wrong');
        process.exit(3);
      },
      kill: () => process.kill(process.pid, 'SIGKILL'),
      hang: () => {
        for (;;);
      },
      heap: () => {
        const all: unknown[] = [];
        for (;;) all.push(Array.from({ length: 100_000 }, (_, i) => ({ i })));
      },
      wait: () => sleep(60_000, undefined, { signal }),
      deaf: () => sleep(60_000),
      problem: () => {
        throw new PodiumError({
          code: 'my-problem',
          path: { file: 'train.csv', line: 3 },
          message: 'bad row',
        });
      },
      bug: () => {
        throw new TypeError('x is not a function');
      },
      rng: () => context.rng.uint32(),
      scratch: () => writeFile(join(scratchFolder, 'tmp'), 'x'),
      stray: () => writeFile(join(outputs.out, '..', 'stray.txt'), 'x'),
      // Fills the disk.
      flood: async () => {
        for (let i = 0; ; i++) await writeFile(join(scratchFolder, String(i)), new Uint8Array(1 << 20));
      },
    };
    if (how === 'missing') return;
    if (how === 'folder') {
      await mkdir(outputs.out);
      return;
    }
    await acts[how]?.();
    await writeFile(outputs.out, 'fine');
  },
});
