import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { inspectEngine } from './doctor.ts';
import { findTensorflow } from './install/index.ts';

test('the report describes the engine, and agrees with the installation', async () => {
  const { library } = await findTensorflow();
  const report = await inspectEngine({ thorough: true });
  expect(report.threads.available).toBe(availableParallelism());
  expect(report.devices[0]).toBe('CPU');
  if (library === undefined) {
    expect(report.backend).toBe('wasm');
    expect(report.problems).not.toEqual([]);
    return;
  }
  expect(report).toMatchObject({ backend: 'tensorflow', tensorflow: library, problems: [] });
  expect(Object.keys(report.precision.milliseconds ?? {}).sort()).toEqual(['bfloat16', 'float32']);
  expect(report.cache.entries.map(({ problem }) => problem)).not.toContainEqual(expect.any(String));
});
