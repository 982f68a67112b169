import { readFile, writeFile } from 'node:fs/promises';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';

// Stages have their own module, so that other processes can import them.
const module = import.meta.url;

/** Splits a text into words. */
export const splitWords = defineStage({
  name: 'split-words',
  // Raise it when a change of `run` changes results.
  version: '1',
  module,
  settings: z.object({ minLength: z.int().min(1).default(1).describe('shorter words are ignored') }),
  inputs: { text: { kind: 'file', type: 'text' } },
  outputs: { words: { kind: 'file', type: 'words' } },
  run: async ({ settings, inputs, outputs }) => {
    const words = (await readFile(inputs.text, 'utf8')).toLowerCase().match(/\p{L}+/gu) ?? [];
    const long = words.filter((word) => word.length >= settings.minLength);
    await writeFile(outputs.words, long.join('\n'));
  },
});

/** Counts the most frequent words. */
export const countWords = defineStage({
  name: 'count-words',
  version: '1',
  module,
  settings: z.object({ top: z.int().min(1).default(10).describe('number of words') }),
  inputs: { words: { kind: 'file', type: 'words' } },
  outputs: { counts: { kind: 'file', type: 'json' } },
  run: async ({ settings, inputs, outputs }) => {
    const counts = new Map<string, number>();
    for (const word of (await readFile(inputs.words, 'utf8')).split('\n'))
      counts.set(word, (counts.get(word) ?? 0) + 1);
    const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    await writeFile(outputs.counts, JSON.stringify(sorted.slice(0, settings.top)));
  },
});
