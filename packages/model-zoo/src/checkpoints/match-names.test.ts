import { expect, test } from 'vitest';
import { matchNames } from './match-names.ts';

const wanted = new Set(['conv1.weight', 'layer1.0.weight', 'fc.weight']);
const prefixOf = (...names: string[]) => matchNames(names, wanted, []).prefix;
const all = (prefix: string) => [...wanted].map((name) => prefix + name);

test.each(['', 'model.', 'module.', 'net.', 'module.model.', 'model._orig_mod.module.', 'backbone.encoder.'])(
  'the prefix "%s"',
  (prefix) => {
    expect(prefixOf(...all(prefix))).toBe(prefix);
    // Losses and counters of a LightningModule are beside it.
    expect(prefixOf('criterion.weight', 'n_averaged', ...all(prefix))).toBe(prefix);
  },
);

test('the prefix of most names, and none where names fit as they are', () => {
  expect(prefixOf('head.fc.weight', ...all('model.'))).toBe('model.');
  expect(prefixOf('model.fc.weight', ...all(''))).toBe('');
  expect(prefixOf('something', 'else.weight')).toBe('');
});

test('translated names count as well', () => {
  const naming = matchNames(
    ['net.features.0.weight', 'net.features.1.weight'],
    new Set(['conv1.weight', 'layer1.weight']),
    [(name) => name.replace('features.0', 'conv1').replace('features.1', 'layer1')],
  );
  expect(naming).toMatchObject({ prefix: 'net.', matched: 2 });
});

test('averaged weights are preferred, as timm does; other copies are asked about', () => {
  expect(prefixOf(...all('model.'), ...all('ema_model.'))).toBe('ema_model.');
  expect(() => prefixOf(...all('encoder_q.'), ...all('encoder_k.'))).toThrow(
    /several models that fit.*"encoder_q.", "encoder_k."[\s\S]*removeprefix\("encoder_q."\)/,
  );
});
