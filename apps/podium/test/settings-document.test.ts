import { expect, test } from 'vitest';
import { settingsDocument } from './settings-document.ts';

test('docs/settings.md is what the schema says; -u writes it anew', async () => {
  await expect(settingsDocument()).toMatchFileSnapshot('../../../docs/settings.md');
});

test('every key is explained', () => {
  for (const line of settingsDocument().split('\n'))
    if (line.startsWith('| `')) expect(line).not.toMatch(/^\| `\w+` \| {2}\|/);
});
