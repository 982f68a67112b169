import { readFileSync } from 'node:fs';
import { type Image, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { pipelineFrom } from './pipeline.ts';

interface Stored extends Omit<Image, 'data'> {
  readonly data: string;
}

interface Reference {
  readonly sources: Readonly<Record<string, Stored>>;
  readonly cases: readonly {
    readonly step: Readonly<Record<string, object>>;
    readonly source: string;
    readonly tolerance: number;
    readonly result: Stored;
  }[];
}

const { sources, cases } = JSON.parse(
  readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8'),
) as Reference;

function imageOf({ data, ...size }: Stored): Image {
  return { ...size, data: new Uint8Array(Buffer.from(data, 'base64')) };
}

describe('PIL, torchvision and OpenCV give the same images (fixtures/reference.py)', () => {
  test.each(cases.map((entry) => ({ ...entry, title: JSON.stringify(entry.step) })))(
    '$title of $source within $tolerance',
    ({ step, source, tolerance, result }) => {
      const [[name, settings] = ['', {}]] = Object.entries(step);
      const pipeline = pipelineFrom([{ [name]: { ...settings, p: 1 } }]);
      const got = pipeline.run(imageOf(sources[source]!), Rng.fromSeed(0));
      const wanted = imageOf(result);
      expect([got.width, got.height, got.channels]).toEqual([wanted.width, wanted.height, wanted.channels]);
      const off = Array.from(wanted.data, (value, i) => Math.abs(value - got.data[i]!));
      const wrong = off.map((by, i) => (by > tolerance ? `${i}: ${by}` : '')).filter((text) => text !== '');
      expect(wrong, `${wrong.length} values off`).toEqual([]);
    },
  );
});
