import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { models } from '../models.ts';
import { licenseTerms } from './license-terms.ts';
import { resolveWeights } from './resolve-weights.ts';

const OPEN = ['apache-2.0', 'mit', 'bsd-3-clause'];

test('every license of published weights is open, or its terms are told', () => {
  const licenses = new Set([...models].flatMap(({ weights }) => weights.map(({ license }) => license)));
  const untold = [...licenses].filter((license) => licenseTerms(license) === undefined);
  expect(untold.sort()).toEqual([...OPEN, 'unknown'].sort());
  expect(licenseTerms('cc-by-nc-4.0')).toBe('no commercial use');
  expect(licenseTerms('constructor')).toBeUndefined();
});

test('weights under another license are an error before they are downloaded', async () => {
  const licenses = ['apache-2.0', 'mit'];
  const refused = (model: string, pretrained: true | string) =>
    expect(resolveWeights(model, pretrained, { licenses })).rejects;
  await refused('convnextv2_atto', true).toThrow(/license of the weights of convnextv2_atto/);
  await refused('resnet18', 'tv_in1k').toMatchObject({
    problem: { code: 'zoo-license', got: 'bsd-3-clause', expected: licenses },
  });
});

test('a file of your own has a license that is not known', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-license-'));
  try {
    const header = Buffer.from('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await writeFile(join(folder, 'own.safetensors'), Buffer.concat([length, header, Buffer.alloc(4)]));
    const own = (licenses?: string[]) =>
      resolveWeights('resnet18', './own.safetensors', { folder, licenses });
    await expect(own(OPEN)).rejects.toMatchObject({ problem: { code: 'zoo-license', got: 'unknown' } });
    expect((await own([...OPEN, 'unknown'])).license).toBe('unknown');
    expect((await own()).license).toBe('unknown');
  } finally {
    await rm(folder, { recursive: true });
  }
});
