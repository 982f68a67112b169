import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withoutSuperuser } from './superuser.ts';

test('file permissions apply to root, too, until the function fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-superuser-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o555);
  const user = process.geteuid?.();
  await expect(withoutSuperuser(() => writeFileSync(join(folder, 'x'), ''))).rejects.toThrow(/EACCES/);
  expect(process.geteuid?.()).toBe(user);
});
