import { expect, test } from 'vitest';
import { parsePixelNumbers } from './parse-pixel-numbers.ts';

const parse = (text: string, count: number) => [
  ...parsePixelNumbers(Buffer.from(text), count, { path: 't.csv', offset: 7 }),
];

test.each([
  ['0,255,7', [0, 255, 7]],
  ['0 255 7', [0, 255, 7]],
  [' 0 , 255 ;7 ', [0, 255, 7]],
  ['"0","255","7"', [0, 255, 7]],
  ['0.0,255.,7.00', [0, 255, 7]],
  ['0\t255\t007', [0, 255, 7]],
])('%s', (text, numbers) => {
  expect(parse(text, numbers.length)).toEqual(numbers);
});

test.each(['0,256,7', '0,0.5,7', '0,-1,7', '0,,7', '0,1', '0,1,2,3', '0,x,7', '', '1.5.0,2,3'])(
  'rejects %s',
  (text) => {
    expect(() => parse(text, 3)).toThrow(
      'the row at byte 7 is not an image: expected 3 whole numbers from 0 to 255',
    );
  },
);
