import { expect, test } from 'vitest';
import { BatchNorm2d, Conv2d, Linear, MultiHeadAttention, Sequential, summary } from './index.ts';

function net(): Sequential {
  return new Sequential({
    conv: new Conv2d(3, 8, 3, { padding: 1, stride: 2 }),
    bn: new BatchNorm2d(8),
    depthwise: new Conv2d(8, 8, 3, { groups: 8, padding: 1, bias: false }),
  });
}

test('counts parameters, multiply-adds and activations without computing', () => {
  const module = net();
  module.getSubmodule('bn').requiresGrad_(false);
  const result = summary(module, [2, 10, 10, 3]);
  expect(result.rows.map(({ path, outputShape, parameters }) => [path, outputShape, parameters])).toEqual([
    ['', [2, 5, 5, 8], 224 + 16 + 72],
    ['conv', [2, 5, 5, 8], 224],
    ['bn', [2, 5, 5, 8], 16],
    ['depthwise', [2, 5, 5, 8], 72],
  ]);
  expect(result.rows.map(({ multiplyAdds }) => multiplyAdds)).toEqual([
    2 * 25 * 8 * (27 + 9),
    2 * 25 * 8 * 27,
    0,
    2 * 25 * 8 * 9,
  ]);
  expect(result).toMatchObject({ parameters: 312, trainable: 296, activationBytes: 3 * 2 * 25 * 8 * 4 });
  expect(module.parameters().some(({ isAllocated }) => isAllocated)).toBe(false);
  expect(module.training).toBe(true);
});

test('counts the products of attention too', () => {
  const attention = new MultiHeadAttention(8, { heads: 2 });
  const [batch, tokens] = [3, 5];
  const linear = batch * tokens * (8 * 24 + 8 * 8);
  const products = 2 * batch * tokens * tokens * 8;
  expect(summary(attention, [batch, tokens, 8]).multiplyAdds).toBe(linear + products);
});

test('is a table', () => {
  const module = net();
  module.getSubmodule('bn').requiresGrad_(false);
  expect(summary(module, [1, 32, 32, 3]).toString()).toBe(
    `
Module                Output          Parameters  Trainable  Mult-adds
----------------------------------------------------------------------
Sequential            [1, 16, 16, 8]         312        296     73.7 k
  Conv2d (conv)       [1, 16, 16, 8]         224        224     55.3 k
  BatchNorm2d (bn)    [1, 16, 16, 8]          16     frozen          -
  Conv2d (depthwise)  [1, 16, 16, 8]          72         72     18.4 k
----------------------------------------------------------------------
Parameters:  312 (296 trainable), 1.25 kB in float32
Mult-adds:   73.7 k
Activations: 24.6 kB in float32
`.trim(),
  );
});

test('shapes that do not fit are an error that names the module', () => {
  expect(() => summary(net(), [1, 8, 8, 4])).toThrow(
    /^conv \(Conv2d\): input of Conv2d: expected \[B,H,W,3\]/,
  );
  expect(() => summary(new Sequential([new Linear(3, 2), new Linear(3, 2)]), [1, 3])).toThrow(
    /^1 \(Linear\)/,
  );
});
