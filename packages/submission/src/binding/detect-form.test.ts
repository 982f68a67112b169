import type { Head } from '@podium/dataset';
import { expect, test } from 'vitest';
import { head, multi, sampleOf } from '../../test/submissions.ts';
import { bindForm } from './bind-form.ts';
import { detectForm } from './detect-form.ts';
import type { DetectOptions } from './form-context.ts';

const PETS = head('label', 'cat', 'dog', 'owl');
const BINARY = head('target', '0', '1');
const DIGITS = head('label', ...'0123456789');
const JOINT = head('class', ...Array.from({ length: 18 }, (_, k) => String(k)));
const FACTORS = [
  head('mask', 'mask', 'incorrect', 'normal'),
  head('gender', 'male', 'female'),
  head('age', '<30', '30-59', '>=60'),
];

test.each<[string, string, readonly Head[], DetectOptions, Record<string, unknown>]>([
  ['a class of all rows', 'id,label\n1,cat\n2,cat\n', [PETS], {}, { form: 'label' }],
  ['digits', 'ImageId,Label\n1,0\n2,0\n', [DIGITS], {}, { form: 'label' }],
  ['one placeholder', 'id,label\n1,?\n2,?\n', [PETS], {}, { form: 'label' }],
  ['empty cells', 'id,label\n1,\n2,\n', [PETS], {}, { form: 'label' }],
  ['a column per class', 'id,owl,cat,dog\n1,0.3,0.3,0.3\n', [PETS], {}, { form: 'class-columns' }],
  ['columns with a prefix', 'img,c0,c1\na,0.5,0.5\n', [BINARY], {}, { form: 'class-columns' }],
  ['columns in another case', 'id,Owl,CAT,dog\n1,0,0,0\n', [PETS], {}, { form: 'class-columns' }],
  [
    'columns of a multi-label head',
    'id,cat,dog,owl\n1,0,0,0\n',
    [multi('tags', 'cat', 'dog', 'owl')],
    {},
    { form: 'class-columns' },
  ],
  [
    'columns of heads and classes',
    'id,mask_mask,mask_incorrect,mask_normal\n1,0,0,0\n',
    FACTORS,
    {},
    { form: 'class-columns' },
  ],
  ['a column per head', 'id,Mask,gender\n1,normal,male\n', FACTORS, {}, { form: 'head-columns' }],
  [
    'factored heads',
    'ImageID,ans\na.jpg,0\nb.jpg,17\n',
    FACTORS,
    {},
    { form: 'combined-heads', heads: ['mask', 'gender', 'age'] },
  ],
  ['the joint head', 'ImageID,ans\na.jpg,0\n', [JOINT], {}, { form: 'label' }],
  [
    'the joint head beside its factors',
    'ImageID,ans\na.jpg,0\n',
    [JOINT, ...FACTORS],
    {},
    { form: 'label', head: 'class' },
  ],
  ['one of several heads by name', 'id,gender\n1,male\n', FACTORS, {}, { form: 'label', head: 'gender' }],
  [
    'one of several heads by its cells',
    'id,ans\n1,male\n2,female\n',
    FACTORS,
    {},
    { form: 'label', head: 'gender' },
  ],
  [
    'several words of a multi-label head',
    'id,attribute_ids\n1,0 1 2\n',
    [multi('tags', '0', '1', '2')],
    {},
    { form: 'multi-label' },
  ],
  [
    'one word of a multi-label head',
    'id,labels\n1,healthy\n',
    [multi('labels', 'healthy', 'scab')],
    {},
    { form: 'multi-label' },
  ],
  [
    'the five likeliest',
    'Image,Id\na,new_whale w1 w2 w3 w4\n',
    [head('Id', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6')],
    {},
    { form: 'top-k', k: 5 },
  ],
  [
    'a half in every row',
    'id,has_cactus\na,0.5\n',
    [head('has_cactus', '0', '1')],
    {},
    { form: 'probability', positive: '1' },
  ],
  [
    'a fraction, the column named after the class',
    'id,dog\na,0.5\n',
    [head('label', 'cat', 'dog')],
    {},
    { form: 'probability', positive: 'dog' },
  ],
  [
    'a zero in every row, scored by probabilities',
    'id,target\na,0\n',
    [BINARY],
    { needs: 'probabilities' },
    { form: 'probability', positive: '1' },
  ],
  [
    'a zero in every row, scored by classes',
    'id,target\na,0\n',
    [BINARY],
    { needs: 'classes' },
    { form: 'label' },
  ],
  ['a zero in every row', 'id,target\na,0\n', [BINARY], {}, { form: 'label' }],
  [
    'a kept column',
    'id,Usage,label\n1,Public,cat\n',
    [PETS],
    { keep: ['Usage'] },
    { form: 'label', keep: ['Usage'] },
  ],
])('detects %s', async (_, text, heads, options, settings) => {
  const found = detectForm(await sampleOf(text), heads, options);
  expect(found.settings).toMatchObject(settings);
  expect(found.evidence.length).toBeGreaterThan(0);
  expect(found.form).toBe(settings.form);
});

test.each<[string, string, readonly Head[], string, RegExp]>([
  [
    'numbers where classes have names',
    'id,label\n1,0\n2,1\n',
    [PETS],
    'submission-form-unclear',
    /column "label".*expected cat\|dog\|owl, got "[01]"[\s\S]*set submission.options.names/,
  ],
  [
    'a zero in every row where classes have names',
    'id,label\n1,0\n2,0\n',
    [PETS],
    'submission-form-unclear',
    /got "0"[\s\S]*set submission.form: label/,
  ],
  [
    'words that are not classes',
    'id,label\n1,kitty\n2,doggy\n',
    [PETS],
    'submission-form-unclear',
    /set submission.options.names/,
  ],
  [
    'a probability of an unclear class',
    'id,p\n1,0.5\n',
    [head('label', 'cat', 'dog')],
    'submission-form-unclear',
    /of which class of "label".*expected cat\|dog[\s\S]*set submission.options.positive/,
  ],
  [
    'unknown columns',
    'id,x,y\n1,0,0\n',
    [PETS],
    'submission-form-unknown',
    /the heads are label \(single-label, 3 classes\).*got 2 columns to fill: "x" with "0"; "y" with "0"[\s\S]*submission.form/,
  ],
  ['a class too few', 'id,cat,dog\n1,0,0\n', [PETS], 'submission-form-unknown', /sample_submission.csv/],
  [
    'a measurement',
    'id,age\n1,33.7\n2,12.1\n',
    [PETS],
    'submission-form-unknown',
    /"age" with "33.7", "12.1"/,
  ],
  ['no heads', 'id,label\n1,cat\n', [], 'submission-form-unknown', /the heads are none/],
])('asks about %s', async (_, text, heads, code, message) => {
  const sample = await sampleOf(text);
  expect(() => detectForm(sample, heads)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

test('settings without a form complete the detected one, and answer what the sample leaves open', async () => {
  const five = await sampleOf('id,label\n1,cat dog\n');
  expect(bindForm({ k: 3 }, five, [PETS]).settings).toMatchObject({ form: 'top-k', k: 3, head: 'label' });
  const numbers = await sampleOf('id,label\n1,0\n2,1\n');
  expect(() => bindForm({}, numbers, [PETS])).toThrow(/set submission.options.names/);
  const names = { cat: '0', dog: '1', owl: '2' };
  expect(bindForm({ names }, numbers, [PETS]).settings).toEqual({ form: 'label', head: 'label', names });
  expect(() => bindForm({ k: 3 }, numbers, [PETS])).toThrow(/set submission.options.names/);
  const half = await sampleOf('id,p\n1,0.5\n');
  const pets = head('label', 'cat', 'dog');
  expect(bindForm({ positive: 'cat' }, half, [pets]).settings).toMatchObject({
    form: 'probability',
    positive: 'cat',
  });
});
