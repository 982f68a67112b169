import { sep } from 'node:path';
import { PodiumError } from '@podium/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openHub } from './open-hub.ts';
import { webFile } from './web-file.ts';
import { checkSource, describeSource, parseWeightsSource, type WeightsSource } from './weights-source.ts';

const SHA = 'ab'.repeat(32);

test.each<[string, WeightsSource]>([
  ['hf:timm/resnet18.a1_in1k', { kind: 'hf', repo: 'timm/resnet18.a1_in1k' }],
  ['hf-hub:timm/resnet18.a1_in1k', { kind: 'hf', repo: 'timm/resnet18.a1_in1k' }],
  ['HF://timm/x', { kind: 'hf', repo: 'timm/x' }],
  ['hf:timm/x@v1.0', { kind: 'hf', repo: 'timm/x', revision: 'v1.0' }],
  ['hf:timm/x@refs%2Fpr%2F1', { kind: 'hf', repo: 'timm/x', revision: 'refs/pr/1' }],
  ['hf:timm/x/sub/a.bin', { kind: 'hf', repo: 'timm/x', file: 'sub/a.bin' }],
  [
    `hf:timm/x@main/a.bin#sha256=${SHA}`,
    { kind: 'hf', repo: 'timm/x', revision: 'main', file: 'a.bin', sha256: SHA },
  ],
  ['pypi:a-b==0.1.0/*.pth', { kind: 'pypi', package: 'a-b', version: '0.1.0', file: '*.pth' }],
  ['pypi:a==1/b/c.pth', { kind: 'pypi', package: 'a', version: '1', file: 'b/c.pth' }],
  ['https://example.org/a.pth?x=1', { kind: 'url', url: 'https://example.org/a.pth?x=1' }],
  [
    'https://example.org/a.pth#sha256=ABCDEF01',
    { kind: 'url', url: 'https://example.org/a.pth', sha256Prefix: 'abcdef01' },
  ],
  ['./folder', { kind: 'file', path: './folder' }],
  ['/a/b#sha256=x.pth', { kind: 'file', path: '/a/b#sha256=x.pth' }],
  ['C:\\weights\\a.pth', { kind: 'file', path: 'C:\\weights\\a.pth' }],
  ['file:///a%20b.pth', { kind: 'file', path: '/a b.pth' }],
])('%s', (text, source) => {
  expect(parseWeightsSource(text)).toEqual(source);
});

test.each([
  ['', /expected hf:OWNER\/NAME/],
  ['s3:bucket/x', /not a source of weights: expected hf:OWNER.*got "s3:bucket\/x"/],
  ['hf:resnet18', /not a source/],
  ['hf:../x', /repo "\.\.\/x"/],
  ['hf:timm/..', /repo "timm\/\.\."/],
  ['hf:timm/x/../../y', /file "\.\.\/\.\.\/y"/],
  ['hf:timm/x/.part', /file "\.part"/],
  ['hf:timm/x/model.safetensors.podium.json', /file "model/],
  ['hf:timm/x@..%2f..', /revision "\.\.\/\.\."/],
  ['hf:timm/x#sha256=12', /sha256 "12"/],
  ['pypi:a/b', /not a source/],
  ['pypi:--index-url==1/b', /package "--index-url"/],
  ['pypi:a==1 --pre/b', /version "1 --pre"/],
  ['pypi:a==1/..\\b', /file "\.\.\\b"/],
  ['https://user:secret@example.org/a.pth', /without a user or a password/],
  ['https://example.org/a.pth#sha256=xyz', /sha256Prefix "xyz"/],
])('%s is rejected', (text, message) => {
  expect(() => parseWeightsSource(text)).toThrow(PodiumError);
  expect(() => parseWeightsSource(text)).toThrow(message);
  expect(() => parseWeightsSource(text)).not.toThrow(/secret/);
});

test('any text is a source that round-trips, or a PodiumError', () => {
  const part = fc.stringMatching(/^[\w.%@/#:=*-]{0,12}$/);
  const scheme = fc.constantFrom('hf:', 'hf-hub:', 'pypi:', 'https://', 'file://', '', './', 'x:');
  fc.assert(
    fc.property(scheme, fc.array(part, { maxLength: 4 }), (start, parts) => {
      let source: WeightsSource;
      try {
        source = parseWeightsSource(start + parts.join('/'));
      } catch (error) {
        expect(error).toBeInstanceOf(PodiumError);
        return;
      }
      checkSource(source);
      if (source.kind === 'hf' || source.kind === 'pypi') {
        const { sha256: _, ...rest } = source;
        expect(parseWeightsSource(describeSource(source))).toEqual(rest);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the file of any address is in the cache, under a plain name', () => {
  const hub = openHub({ env: {}, cacheFolder: '/cache' });
  fc.assert(
    fc.property(
      fc.webUrl({ withQueryParameters: true }),
      fc.stringMatching(/^[\w.%/\\-]{0,20}$/),
      (url, path) => {
        if (!URL.canParse(url + path)) return;
        const { folder, name } = webFile(hub, { kind: 'url', url: url + path });
        expect(folder.startsWith(`${sep}cache${sep}url${sep}`)).toBe(true);
        expect(folder).not.toContain('..');
        expect(name).toMatch(/^[A-Za-z0-9_][\w.+-]{0,119}$/);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ['resnet18-f37072fd.pth', 'f37072fd'],
  ['tf_efficientnet_b0_aa-827b6e33.pth', '827b6e33'],
  [`a-${SHA}.safetensors`, SHA],
  ['swin-20210412.pth', undefined],
  ['resnet18-f3707.pth', undefined],
  ['convnext_tiny_22k_1k_384.pth', undefined],
])('the checksum in %s is %s', (name, digits) => {
  const hub = openHub({ env: {} });
  expect(webFile(hub, { kind: 'url', url: `https://example.org/${name}` }).sha256).toBe(digits);
});
