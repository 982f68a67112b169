import { canonicalText, type Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  head,
  multi,
  predictions,
  randomHeads,
  randomPredictions,
  sampleOf,
  tableOf,
} from '../../test/submissions.ts';
import { bindForm } from '../binding/bind-form.ts';
import { detectForm } from '../binding/detect-form.ts';
import { formContext } from '../binding/form-context.ts';
import { makeSubmission } from '../csv/make-submission.ts';
import { lintSubmission } from '../lint/lint-submission.ts';
import type { FormSettings, FormSettingsInput } from './form.ts';
import { forms } from './registry.ts';

const PETS = head('label', 'cat', 'dog', 'owl');
const TAGS = multi('tags', 'cat', 'dog', 'owl');
const MASK = [
  head('mask', 'mask', 'incorrect', 'normal'),
  head('gender', 'male', 'female'),
  head('age', '<30', '30-59', '>=60'),
];

async function written(
  sampleText: string,
  heads: readonly Head[],
  settings: FormSettings | undefined,
  rows: Readonly<Record<string, readonly (readonly number[])[]>>,
): Promise<string> {
  const sample = await sampleOf(sampleText);
  const form = bindForm(settings, sample, heads);
  const values = new Map(
    heads
      .filter(({ name }) => rows[name])
      .map((item) => [item.name, predictions(item, sample.ids, rows[item.name] ?? [])]),
  );
  return Buffer.from(makeSubmission(sample, form, values).bytes).toString('utf8');
}

const SURE = {
  label: [
    [0.2, 0.7, 0.1],
    [0.6, 0.3, 0.1],
  ],
};

test.each<[string, string, readonly Head[], FormSettings | undefined, Parameters<typeof written>[3], string]>(
  [
    ['label', 'id,label\n1,cat\n01,cat\n', [PETS], undefined, SURE, 'id,label\n1,dog\n01,cat\n'],
    [
      'label with names',
      'id,label\n1,07\n01,07\n',
      [PETS],
      { form: 'label', names: { cat: '07', dog: '1,5' } },
      SURE,
      'id,label\n1,"1,5"\n01,07\n',
    ],
    [
      'label of a class named 07',
      'id,label\n1,07\n2,08\n',
      [head('label', '07', '08')],
      undefined,
      {
        label: [
          [1, 0],
          [0.4, 0.6],
        ],
      },
      'id,label\n1,07\n2,08\n',
    ],
    [
      'label, unsure',
      'id,label\n1,cat\n2,cat\n',
      [PETS],
      { form: 'label', unsure: { below: 0.7, label: 'new' } },
      SURE,
      'id,label\n1,dog\n2,new\n',
    ],
    [
      'class columns in the order of the sample',
      'id,owl,cat,dog\n1,0,0,0\n2,0,0,0\n',
      [PETS],
      undefined,
      SURE,
      'id,owl,cat,dog\n1,0.1,0.2,0.7\n2,0.1,0.6,0.3\n',
    ],
    [
      'class columns, rounded',
      'id,owl,cat,dog\n1,0,0,0\n',
      [PETS],
      { form: 'class-columns', decimals: 2 },
      { label: [[1 / 3, 1 / 3, 1 / 3]] },
      'id,owl,cat,dog\n1,0.33,0.33,0.33\n',
    ],
    [
      'class columns of zeros and ones',
      'id,owl,cat,dog\n1,0,0,0\n2,0,0,0\n',
      [PETS],
      { form: 'class-columns', values: 'zero-one' },
      SURE,
      'id,owl,cat,dog\n1,0,0,1\n2,0,1,0\n',
    ],
    [
      'class columns of a multi-label head',
      'id,owl,cat,dog\n1,0,0,0\n',
      [TAGS],
      { form: 'class-columns', values: 'zero-one', threshold: 0.7 },
      { tags: [[0.9, 0.7, 0.2]] },
      'id,owl,cat,dog\n1,0,1,1\n',
    ],
    [
      'class columns with a prefix',
      'id,c0,c1,c10\n1,0,0,0\n',
      [head('label', '0', '1', '10')],
      undefined,
      { label: [[0.5, 0.25, 0.25]] },
      'id,c0,c1,c10\n1,0.5,0.25,0.25\n',
    ],
    [
      'class columns of two heads',
      'id,size_big,size_small,color_red,color_blue\n1,0,0,0,0\n',
      [head('color', 'red', 'blue'), head('size', 'small', 'big')],
      undefined,
      { color: [[0.75, 0.25]], size: [[1, 0]] },
      'id,size_big,size_small,color_red,color_blue\n1,0,1,0.75,0.25\n',
    ],
    [
      'head columns',
      'id,gender,mask\n1,male,mask\n',
      MASK,
      undefined,
      { mask: [[0, 0, 1]], gender: [[0.4, 0.6]] },
      'id,gender,mask\n1,female,normal\n',
    ],
    [
      'head columns with names',
      'id,g\n1,m\n',
      MASK,
      { form: 'head-columns', columns: { g: 'gender' }, names: { gender: { male: 'm', female: 'f' } } },
      { gender: [[0.4, 0.6]] },
      'id,g\n1,f\n',
    ],
    [
      'the mask competition',
      'ImageID,ans\na.jpg,0\nb.jpg,0\nc.jpg,0\n',
      MASK,
      undefined,
      {
        mask: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        gender: [
          [1, 0],
          [0, 1],
          [0, 1],
        ],
        age: [
          [0, 1, 0],
          [1, 0, 0],
          [0, 0, 1],
        ],
      },
      'ImageID,ans\na.jpg,1\nb.jpg,9\nc.jpg,17\n',
    ],
    [
      'combined heads by name',
      'id,ans\n1,x\n',
      MASK,
      {
        form: 'combined-heads',
        heads: ['gender', 'mask'],
        names: [
          { classes: ['male', 'mask'], name: '00' },
          { classes: ['female', 'normal'], name: '01' },
        ],
      },
      { gender: [[0.6, 0.4]], mask: [[0.2, 0.6, 0.2]] },
      'id,ans\n1,00\n',
    ],
    [
      'combined heads from 1',
      'id,ans\n1,1\n',
      MASK,
      { form: 'combined-heads', heads: ['gender', 'age'], first: 1 },
      { gender: [[0, 1]], age: [[0, 0, 1]] },
      'id,ans\n1,6\n',
    ],
    [
      'multi-label',
      'id,tags\n1,cat dog\n2,cat\n3,owl\n',
      [TAGS],
      undefined,
      {
        tags: [
          [0.9, 0.1, 0.5],
          [0.2, 0.3, 0.1],
          [0.5, 0.5, 0.5],
        ],
      },
      'id,tags\n1,cat owl\n2,dog\n3,cat dog owl\n',
    ],
    [
      'multi-label with thresholds, at most, none',
      'id,tags\n1,cat\n2,cat\n',
      [TAGS],
      { form: 'multi-label', threshold: { cat: 0.95 }, atMost: 1, none: 'nothing' },
      {
        tags: [
          [0.9, 0.6, 0.7],
          [0.9, 0.1, 0.1],
        ],
      },
      'id,tags\n1,owl\n2,nothing\n',
    ],
    [
      'multi-label with a class that means nothing',
      'id,tags\n1,cat\n2,cat\n',
      [TAGS],
      { form: 'multi-label', none: 'owl' },
      {
        tags: [
          [0.6, 0.2, 0.9],
          [0.1, 0.1, 0.1],
        ],
      },
      'id,tags\n1,cat\n2,owl\n',
    ],
    [
      'multi-label, a threshold that float32 rounds',
      'id,tags\n1,cat\n',
      [TAGS],
      { form: 'multi-label', threshold: 0.7, separator: ';' },
      { tags: [[0.7, 0.1, 0.7]] },
      'id,tags\n1,cat;owl\n',
    ],
    [
      'top k',
      'id,label\n1,cat dog\n2,dog cat\n',
      [PETS],
      undefined,
      SURE,
      'id,label\n1,dog cat\n2,cat dog\n',
    ],
    [
      'top k with a label for unseen classes',
      'id,label\n1,new\n2,new\n',
      [PETS],
      { form: 'top-k', k: 2, unsure: { below: 0.65, label: 'new' } },
      SURE,
      'id,label\n1,dog new\n2,new cat\n',
    ],
    [
      'probability',
      'id,target\n1,0.5\n2,0.5\n',
      [head('target', '0', '1')],
      undefined,
      {
        target: [
          [0.9, 0.1],
          [0.25, 0.75],
        ],
      },
      'id,target\n1,0.1\n2,0.75\n',
    ],
    [
      'kept columns',
      'id,Usage,label\n1,Public,cat\n2,"a ""b""",cat\n',
      [PETS],
      { form: 'label', keep: ['Usage'] },
      SURE,
      'id,Usage,label\n1,Public,dog\n2,"a ""b""",cat\n',
    ],
    [
      'the style of the sample',
      '\ufeff"id";"label"\r\n"1";"cat"\r\n"2";"cat"\r\n',
      [PETS],
      undefined,
      SURE,
      '\ufeff"id";"label"\r\n"1";"dog"\r\n"2";"cat"\r\n',
    ],
  ],
)('writes %s', async (_, sample, heads, settings, rows, wanted) => {
  expect(await written(sample, heads, settings, rows)).toBe(wanted);
});

test('probabilities are the shortest text that reads back as the same float32', async () => {
  const sample = await sampleOf('id,cat,dog,owl\n1,0,0,0\n');
  const values = randomPredictions(PETS, ['1'], 7);
  const { bytes } = makeSubmission(sample, bindForm(undefined, sample, [PETS]), new Map([['label', values]]));
  const cells = Buffer.from(bytes).toString().split('\n')[1]!.split(',').slice(1);
  expect(cells.map((cell) => Math.fround(Number(cell)))).toEqual([...values.values]);
  expect(cells.every((cell) => cell.length <= 12)).toBe(true);
});

test('logits are written as probabilities', async () => {
  const sample = await sampleOf('id,cat,dog,owl\n1,0,0,0\n');
  const logits = predictions(PETS, ['1'], [[0, Math.log(2), 0]], 'logits');
  const { bytes } = makeSubmission(sample, bindForm(undefined, sample, [PETS]), new Map([['label', logits]]));
  expect(Buffer.from(bytes).toString()).toBe('id,cat,dog,owl\n1,0.25,0.5,0.25\n');
});

test('predictions are matched by id and class, in any order', async () => {
  const sample = await sampleOf('id,label\nb,cat\na,cat\n');
  const other = predictions(
    head('label', 'owl', 'cat', 'dog'),
    ['a', 'x', 'b'],
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  );
  const made = makeSubmission(sample, bindForm(undefined, sample, [PETS]), new Map([['label', other]]));
  expect(Buffer.from(made.bytes).toString()).toBe('id,label\nb,dog\na,owl\n');
  expect(made).toMatchObject({ rows: 2, unpredicted: [] });
});

describe('predictions that do not fit', () => {
  const make = async (label: Predictions | undefined, unpredicted?: 'sample') => {
    const sample = await sampleOf('id,label\na,cat\nb,owl\n');
    const form = bindForm({ form: 'label' }, sample, [PETS]);
    const values = new Map(label && [['label', label]]);
    return makeSubmission(sample, form, values, { unpredicted });
  };
  const two = (target: Head) =>
    predictions(
      target,
      ['a', 'b'],
      ['a', 'b'].map(() => target.classes.map((_, k) => (k === 0 ? 1 : 0))),
    );

  test.each<[string, Predictions | undefined, string, RegExp]>([
    ['without the head', undefined, 'submission-head-missing', /the head "label"/],
    [
      'without an id',
      predictions(PETS, ['a'], [[1, 0, 0]]),
      'predictions-unknown-id',
      /no prediction for "b"/,
    ],
    ['with other classes', two(head('label', 'x', 'y')), 'predictions-classes-differ', /cat\|dog\|owl/],
    [
      'with another task',
      two(multi('label', 'cat', 'dog', 'owl')),
      'submission-task',
      /expected single-label/,
    ],
  ])('throws for predictions %s', async (_, label, code, message) => {
    await expect(make(label)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test("may keep the sample's cells", async () => {
    const made = await make(predictions(PETS, ['a'], [[0, 1, 0]]), 'sample');
    expect(Buffer.from(made.bytes).toString()).toBe('id,label\na,dog\nb,owl\n');
    expect(made.unpredicted).toEqual(['b']);
  });
});

test.each<[string, string, readonly Head[], FormSettings, RegExp]>([
  [
    'an unknown form',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'lable' },
    /unknown submission form.*did you mean "label"/,
  ],
  [
    'an unknown key',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', nmaes: {} },
    /submission.options.nmaes.*did you mean "names"/,
  ],
  [
    'a number for a text',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', names: { cat: 7 } },
    /submission.options.names.cat: form "label": expected a string, got 7/,
  ],
  [
    'an unknown class',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', names: { dgo: '1' } },
    /submission.options.names.dgo.*did you mean "dog"/,
  ],
  [
    'one text for two classes',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', names: { cat: 'dog' } },
    /"cat" and "dog" have the same label/,
  ],
  [
    'an unknown head',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', head: 'labels' },
    /submission.options.head.*did you mean "label"/,
  ],
  [
    'an unclear head',
    'id,x\n1,cat\n',
    MASK,
    { form: 'label' },
    /it is not clear which head.*expected mask\|gender\|age/,
  ],
  ['several columns for one', 'id,a,b\n1,cat,dog\n', [PETS], { form: 'label' }, /has 2 besides the id/],
  [
    'an unknown kept column',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'label', keep: ['usage'] },
    /submission.options.keep\[0\]/,
  ],
  [
    'columns without classes',
    'id,a,b\n1,0,0\n',
    [PETS],
    { form: 'class-columns' },
    /not named after classes/,
  ],
  [
    'a class without a column',
    'id,cat,dog\n1,0,0\n',
    [PETS],
    { form: 'class-columns' },
    /the class "owl" of "label" has no column/,
  ],
  [
    'a column without a class',
    'id,a,b\n1,0,0\n',
    [PETS],
    { form: 'class-columns', columns: { a: 'cat' } },
    /submission.options.columns.b: expected a class/,
  ],
  [
    'a column for an unknown class',
    'id,a\n1,0\n',
    [PETS],
    { form: 'class-columns', columns: { a: 'cta' } },
    /did you mean "cat"/,
  ],
  [
    'an unknown column',
    'id,a\n1,0\n',
    [PETS],
    { form: 'class-columns', columns: { a: 'cat', c: 'dog' } },
    /submission.options.columns.c/,
  ],
  [
    'a class of two heads',
    'id,a\n1,0\n',
    [PETS, head('other', 'cat', 'x')],
    { form: 'class-columns', columns: { a: 'cat' } },
    /2 heads have this class/,
  ],
  [
    'a column without a head',
    'id,mask,x\n1,a,b\n',
    MASK,
    { form: 'head-columns' },
    /submission.options.columns.x: no head fills/,
  ],
  [
    'names for no head',
    'id,mask\n1,a\n',
    MASK,
    { form: 'head-columns', names: { gendr: {} } },
    /submission.options.names.gendr/,
  ],
  [
    'a head that is not there',
    'id,ans\n1,0\n',
    MASK,
    { form: 'combined-heads', heads: ['mask', 'sex'] },
    /submission.options.heads\[1\]: unknown head, or not single-label/,
  ],
  [
    'a head twice',
    'id,ans\n1,0\n',
    MASK,
    { form: 'combined-heads', heads: ['mask', 'mask'] },
    /listed twice/,
  ],
  [
    'a combination of too few',
    'id,ans\n1,0\n',
    MASK,
    { form: 'combined-heads', names: [{ classes: ['mask'], name: 'x' }] },
    /expected 3 classes/,
  ],
  [
    'a combination of an unknown class',
    'id,ans\n1,0\n',
    MASK,
    { form: 'combined-heads', heads: ['gender'], names: [{ classes: ['mal'], name: 'x' }] },
    /did you mean "male"/,
  ],
  [
    'a combination twice',
    'id,ans\n1,0\n',
    MASK,
    {
      form: 'combined-heads',
      heads: ['gender'],
      names: [
        { classes: ['male'], name: 'x' },
        { classes: ['male'], name: 'y' },
      ],
    },
    /the same classes as names\[0\]/,
  ],
  [
    'a name twice',
    'id,ans\n1,0\n',
    MASK,
    {
      form: 'combined-heads',
      heads: ['gender'],
      names: [
        { classes: ['male'], name: 'x' },
        { classes: ['female'], name: 'x' },
      ],
    },
    /the same name as names\[0\]/,
  ],
  [
    'a label with the separator',
    'id,tags\n1,a b\n',
    [multi('tags', 'a b', 'c')],
    { form: 'multi-label' },
    /a label contains the separator/,
  ],
  [
    'a text for nothing with the separator',
    'id,tags\n1,a\n',
    [TAGS],
    { form: 'multi-label', none: 'no finding' },
    /a label contains the separator/,
  ],
  [
    'a threshold above 1',
    'id,tags\n1,cat\n',
    [TAGS],
    { form: 'multi-label', threshold: 2 },
    /submission.options.threshold/,
  ],
  [
    'a threshold for an unknown class',
    'id,tags\n1,cat\n',
    [TAGS],
    { form: 'multi-label', threshold: { ct: 0.3 } },
    /did you mean "cat"/,
  ],
  [
    'less than at least',
    'id,tags\n1,cat\n',
    [TAGS],
    { form: 'multi-label', atLeast: 3, atMost: 2 },
    /submission.options.atMost: expected at least 3/,
  ],
  [
    'more than there are',
    'id,label\n1,cat\n',
    [PETS],
    { form: 'top-k', k: 9 },
    /submission.options.k: expected at most 3/,
  ],
  [
    'a positive class that is not there',
    'id,p\n1,0.5\n',
    [PETS],
    { form: 'probability', positive: 'dgo' },
    /did you mean "dog"/,
  ],
  ['no positive class', 'id,p\n1,0.5\n', [PETS], { form: 'probability' }, /set submission.options.positive/],
])('rejects %s', async (_, text, heads, settings, message) => {
  const sample = await sampleOf(text);
  expect(() => bindForm(settings, sample, heads)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message) }),
  );
});

/** Names that plain objects have anyway. */
const TRAPS = ['constructor', '__proto__', 'toString'];

describe('names that every object has', () => {
  const values = [
    [0.7, 0.2, 0.1],
    [0.1, 0.3, 0.6],
  ];
  const header = `id,${TRAPS.join()}`;

  /** Binds, then binds again with the complete settings as a record holds them. */
  async function write(text: string, heads: readonly Head[], settings?: FormSettingsInput) {
    const sample = await sampleOf(text);
    const byHead = new Map(heads.map((item) => [item.name, predictions(item, sample.ids, values)]));
    const bound = bindForm(settings, sample, heads);
    const again = bindForm(JSON.parse(canonicalText(bound.settings)), sample, heads);
    const [first, second] = [bound, again].map((form) => makeSubmission(sample, form, byHead));
    expect(second!.sha256).toBe(first!.sha256);
    const table = await tableOf(first!.bytes);
    expect(lintSubmission(table, { sample, form: again, outOfFold: byHead }).findings).toEqual([]);
    return Buffer.from(first!.bytes).toString();
  }

  test('columns and classes', async () => {
    const text = `${header}\n1,0,0,0\n2,0,0,0\n`;
    const wanted = `${header}\n1,0.7,0.2,0.1\n2,0.1,0.3,0.6\n`;
    expect(await write(text, [head('label', ...TRAPS)])).toBe(wanted);
    const columns = JSON.parse('{"constructor":"cat","__proto__":"dog","toString":"owl"}');
    expect(await write(text, [PETS], { form: 'class-columns', columns })).toBe(wanted);
  });

  test('heads', async () => {
    const text = `${header}\n1,cat,cat,cat\n2,cat,cat,cat\n`;
    const heads = TRAPS.map((name) => head(name, 'cat', 'dog', 'owl'));
    const names = JSON.parse('{"__proto__":{"cat":"0"}}');
    expect(await write(text, heads, { form: 'head-columns', names })).toBe(
      `${header}\n1,cat,0,cat\n2,owl,owl,owl\n`,
    );
    expect(await write('id,__proto__\n1,cat\n2,cat\n', heads)).toBe('id,__proto__\n1,cat\n2,owl\n');
  });

  test('classes with another label or threshold', async () => {
    const label = head('label', ...TRAPS);
    const names = JSON.parse('{"__proto__":"b","constructor":"a"}');
    expect(await write('id,label\n1,a\n2,b\n', [label], { form: 'label', names })).toBe(
      'id,label\n1,a\n2,toString\n',
    );
    const threshold = JSON.parse('{"__proto__":0.2}');
    expect(
      await write('id,tags\n1,\n2,\n', [multi('tags', ...TRAPS)], { form: 'multi-label', threshold }),
    ).toBe('id,tags\n1,constructor __proto__\n2,__proto__ toString\n');
    expect(await write('id,label\n1,x\n2,x\n', [label], { form: 'label' })).toBe(
      'id,label\n1,constructor\n2,toString\n',
    );
  });

  test('a head without predictions', async () => {
    const sample = await sampleOf('id,constructor\n1,cat\n');
    const form = bindForm(undefined, sample, [head('constructor', 'cat', 'dog')]);
    expect(() => makeSubmission(sample, form, new Map(), { unpredicted: 'refuse' })).toThrow(
      expect.objectContaining({ code: 'submission-head-missing' }),
    );
    expect(() => bindForm({ form: 'label', constructor: 1 }, sample, form.heads)).toThrow(
      /submission.options.constructor: form "label" has no such setting/,
    );
  });
});

/** Every key of an object schema, with its description. */
function descriptions(schema: z.ZodObject): [string, string | undefined][] {
  return Object.entries(schema.shape).map(([key, value]) => [key, (value as z.ZodType).description]);
}

describe.each(forms.list())('$name', (form) => {
  const { sample: text, heads } = form.example;
  const [header] = text.split('\n');
  const width = header!.split(',').length - 1;
  const long = `${header}\n${Array.from({ length: 40 }, (_, i) => `00${i}${',0'.repeat(width)}\n`).join('')}`;

  test('has a summary, and describes every setting', () => {
    expect(form.summary).toMatch(/^id and /);
    for (const [key, description] of descriptions(form.settings)) expect(description, key).toMatch(/\w/);
    expect(() => z.toJSONSchema(form.settings, { io: 'input' })).not.toThrow();
  });

  test('is detected from its example', async () => {
    expect(detectForm(await sampleOf(text), heads).form).toBe(form.name);
  });

  test('its complete settings are JSON, and bind the same form without detection', async () => {
    const sample = await sampleOf(long);
    const bound = bindForm({ form: form.name }, sample, heads);
    expect(JSON.parse(canonicalText(bound.settings))).toMatchObject({ form: form.name });
    const again = bindForm(JSON.parse(canonicalText(bound.settings)), sample, heads);
    const values = randomHeads(heads, sample.ids, 3);
    expect(again.settings).toEqual(bound.settings);
    expect(makeSubmission(sample, again, values).sha256).toBe(makeSubmission(sample, bound, values).sha256);
  });

  test('writes what its own rules allow', async () => {
    const sample = await sampleOf(long);
    const bound = bindForm({ form: form.name }, sample, heads);
    for (const seed of [1, 2, 3]) {
      const values = randomHeads(heads, sample.ids, seed);
      const table = await tableOf(makeSubmission(sample, bound, values).bytes);
      expect(lintSubmission(table, { sample, form: bound, outOfFold: values }).findings).toEqual([]);
    }
  });

  test('never throws for the sample of another form', async () => {
    for (const other of forms) {
      const context = formContext(await sampleOf(other.example.sample), heads, {});
      expect(() => form.detect(context)).not.toThrow();
    }
  });
});
