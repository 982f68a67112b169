import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingModules, PEERS } from './contestants.ts';

test('an interpreter that does not run is an error, not a missing module', () => {
  expect(() => missingModules('/nowhere/python', 'timm')).toThrow('/nowhere/python does not run');
  // Node.js runs, but not Python.
  expect(() => missingModules(process.execPath, 'timm')).toThrow(/does not run/);
});

test('every peer has its script', () => {
  for (const { script } of Object.values(PEERS))
    expect(existsSync(join(import.meta.dirname, script))).toBe(true);
});
