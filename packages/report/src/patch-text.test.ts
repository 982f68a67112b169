import { expect, test } from 'vitest';
import { patchText } from './patch-text.ts';

test('one change per line', () => {
  expect(
    patchText([
      { action: 'relabel', id: 'a', head: 'label', old: 'cat', new: null, reason: 'seen' },
      { action: 'drop', id: 'b', old: { path: 'b.jpg', labels: { label: ['x', 'y'] } }, reason: 'seen' },
    ]),
  ).toBe(`{
  "format": "podium-patch/1",
  "entries": [
    {"action":"relabel","id":"a","head":"label","old":"cat","new":null,"reason":"seen"},
    {"action":"drop","id":"b","old":{"path":"b.jpg","labels":{"label":["x","y"]}},"reason":"seen"}
  ]
}
`);
});

test('none', () => {
  expect(patchText([])).toBe('{\n  "format": "podium-patch/1",\n  "entries": []\n}\n');
});
