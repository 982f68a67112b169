import { expect, test } from 'vitest';
import { catalog } from '../src/catalog/catalog.ts';
import { catalogDocument } from './catalog-document.ts';

test('docs/catalogue.md is what the registries say; -u rewrites it', async () => {
  await expect(catalogDocument()).toMatchFileSnapshot('../../../docs/catalogue.md');
});

test('every entry is explained, and every setting has a description or says what it takes', () => {
  for (const { name, entries } of catalog)
    for (const entry of entries()) {
      expect(entry.summary, `${name} ${entry.name}`).not.toBe('');
      for (const { name: setting, description, takes } of entry.settings)
        expect(description || takes, `${name} ${entry.name} ${setting}`).not.toBe('');
    }
});
