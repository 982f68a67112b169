import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageModel } from '@podium/model-zoo';
import { afterAll, expect, test } from 'vitest';
import { importUserStage } from './import-user-stage.ts';
import { importUserFunction } from './load-user-code.ts';
import { userTransform } from './user-transform.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'podium-own-')));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('TypeScript anywhere gets this copy of Podium', async () => {
  const file = write(
    'model.ts',
    "import { ImageModel } from '@podium/model-zoo';\nexport const make = (n: number): unknown => [n, ImageModel];\n",
  );
  const make = (await importUserFunction(file, 'make')) as (n: number) => unknown;
  expect(make(2)).toEqual([2, ImageModel]);
});

test('a transform gets the packages that workers have', () => {
  const file = write(
    'transform.ts',
    "import { pipelineFrom } from '@podium/augment';\nexport const make = (steps: unknown) => pipelineFrom(steps);\n",
  );
  expect(userTransform({ file, name: 'make', argument: ['horizontalFlip'] }).apply).toBeTypeOf('function');
  expect(() => userTransform({ file, name: 'made' })).toThrow(/expected make, got "made"/);
});

test('errors say what there is instead', async () => {
  const file = write('other.ts', 'export const count = 3;\nexport function build(): void {}\n');
  await expect(importUserFunction(file, 'biuld')).rejects.toThrow(
    /other\.ts biuld.*expected build, got "biuld"/s,
  );
  const broken = write('broken.ts', "throw new Error('not today');\n");
  await expect(importUserFunction(broken, 'x')).rejects.toThrow(
    /broken\.ts: it could not be loaded: not today/,
  );
  await expect(importUserStage(broken, 'x')).rejects.toThrow(/not today/);
  await expect(importUserStage(file, 'x')).rejects.toThrow(/exports no such stage/);
});
