import { expect, test } from 'vitest';
import { helpText, wrapped } from './help-text.ts';

test('a help text is wrapped at spaces, its columns stay, and words stay whole', () => {
  const render = helpText({
    notes: `
A note of two
lines in the source.

  KEY  its meaning, which is long`,
    codes: { ok: 'everything went well, as you can see' },
    examples: ['podium run a-very-long-name-of-a-folder/podium.yaml'],
  });
  const text = render({ command: {} });
  expect(wrapped(text, 30).split('\n')).toEqual([
    '',
    'A note of two lines in the',
    'source.',
    '',
    '  KEY  its meaning, which is',
    '       long',
    '',
    'Exit codes:',
    '  0  everything went well, as',
    '     you can see',
    '',
    'Examples:',
    '  podium run',
    '  a-very-long-name-of-a-folder/podium.yaml',
  ]);
});
