import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { foreign, html, jsonBlock, printable, trusted } from './html.ts';

test('strings and numbers are escaped, markup is not, lists are joined, undefined and false are omitted', () => {
  const list = [html`<i>${1}</i>`, 'a&b'];
  expect(html`<p title="${'"<'}">${list}${undefined}${false}${trusted('<b>')}</p>`.text).toBe(
    '<p title="&quot;&lt;"><i>1</i>a&amp;b<b></p>',
  );
});

test('foreign text is isolated, for right-to-left names', () => {
  expect(foreign('<قطة>').text).toBe('<bdi>&lt;قطة&gt;</bdi>');
});

test('any text survives as text, in elements and in attributes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { document } = parseHTML(
        html`<!doctype html><html><body><p title="${text}">${text}</p></body></html>`.text,
      );
      const paragraph = document.querySelector('p');
      expect(paragraph?.textContent).toBe(printable(text));
      expect(paragraph?.getAttribute('title')).toBe(printable(text));
      expect(document.querySelectorAll('body *')).toHaveLength(1);
    }),
  );
});

test('JSON survives unchanged, and never ends its element', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('</script>', '<!--', '<script', '\u2028'))),
      (value) => {
        const block = jsonBlock('data', value).text;
        expect(block.match(/</g)).toHaveLength(2);
        const [, json = ''] = />([\s\S]*)<\/script>$/.exec(block) ?? [];
        expect(JSON.parse(json)).toEqual(value);
      },
    ),
  );
});
