import { type CatalogEntry, type CatalogSetting, catalog } from '../src/catalog/catalog.ts';

/** `docs/catalogue.md`: everything that settings can name, with its settings and their defaults. */
export function catalogDocument(): string {
  const lines = [
    '# Catalog',
    '',
    'Everything that [settings](settings.md) can name, except models (`podium models list`). `podium list` prints the same,',
    '`podium list losses` one of the lists, `podium list losses focal` one entry with what its settings mean. Settings of an',
    'entry stand beside its name (`{ name: focal, gamma: 2 }`), or below `options`, as the examples show. Other names and',
    'other spellings (`F1_macro`) mean the same entry; the record has the name in the first column.',
    '',
    '(This page is generated from the registries: `npx vitest run --root packages/competition test/catalog-document.test.ts -u`.)',
  ];
  for (const { name, summary, keys, example, entries } of catalog) {
    lines.push(
      '',
      `## ${name}`,
      '',
      `${capital(summary)}: ${keys.map((key) => `\`${key}\``).join(', ')}.`,
      '',
    );
    lines.push('```yaml', example, '```', '');
    const rows = entries().map((entry) => [
      `\`${entry.name}\``,
      summaryOf(entry),
      entry.settings.map(settingText).join('<br>'),
    ]);
    const hasSettings = rows.some(([, , settings]) => settings !== '');
    const table = [['name', 'what it is', 'settings and defaults'], ['---', '---', '---'], ...rows];
    for (const row of table) {
      const cells = hasSettings ? row : row.slice(0, 2);
      lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function summaryOf({ summary, aliases }: CatalogEntry): string {
  const sentence = /[.?]$/.test(summary) ? summary : `${summary}.`;
  if (aliases.length === 0) return capital(sentence);
  return `${capital(sentence)} Also: ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`;
}

function settingText({ name, description, takes, default: fallback, required }: CatalogSetting): string {
  const value = required ? ' (**required**)' : fallback === undefined ? '' : ` = ${fallback}`;
  const text = description === '' ? takes : description;
  return `\`${name}\`${value}${text === '' ? '' : `: ${text}`}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
