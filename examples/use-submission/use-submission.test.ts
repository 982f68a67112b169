import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leaves, writeLeaves } from './use-submission.ts';

test('use-submission writes the sample with predicted classes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podium-use-submission-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const csv = join(folder, 'leaves.csv');
  expect(await writeLeaves(leaves, csv)).toMatchObject({ ok: true, findings: [], rows: 4 });
  expect(await readFile(csv, 'utf8')).toBe('id,species\n12.png,oak\n13.png,ash\n14.png,elm\n15.png,elm\n');
});
