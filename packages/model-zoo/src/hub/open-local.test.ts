import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixtureBytes, temporaryFolder } from '../../test/checkpoints/files.ts';
import { openLocal } from './open-local.ts';

test('a folder with a checkpoint in several files says so, and takes the merged one', async () => {
  const folder = temporaryFolder();
  await expect(openLocal(folder)).rejects.toThrow(/got a folder with neither/);
  writeFileSync(join(folder, 'model.safetensors.index.json'), '{"weight_map": {}}');
  await expect(openLocal(folder)).rejects.toThrow(
    /several files \(shards\), listed in model.safetensors.index.json[\s\S]*fix: merge its files into one model.safetensors/,
  );
  writeFileSync(join(folder, 'model.safetensors'), fixtureBytes('official.safetensors'));
  expect((await openLocal(folder)).path).toBe(join(folder, 'model.safetensors'));
});
