import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { describe, expect, test } from 'vitest';
import { head, multi, sampleOf } from '../../test/submissions.ts';
import type { Information } from '../forms/form.ts';
import { forms } from '../forms/registry.ts';
import { bindForm } from './bind-form.ts';
import { detectForm } from './detect-form.ts';
import type { DetectOptions } from './form-context.ts';

const PETS = head('label', 'cat', 'dog', 'owl');
const BINARY = head('label', 'no', 'yes');
const FLAGS = [head('a', 'False', 'True'), head('b', 'False', 'True')];

/** The form that is detected, or the code of the error and what it says. */
async function detected(text: string, heads: readonly Head[], options: DetectOptions = {}) {
  try {
    const { form, settings } = detectForm(await sampleOf(text), heads, options);
    return { form, settings };
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    const { code, message, fix } = error.problem;
    return { code, message, fix };
  }
}

test.each<[string, string, readonly Head[], DetectOptions, object]>([
  [
    'fractions in columns of heads: the probability of the class that means yes',
    'id,a,b\n1,0.5,0.5\n',
    FLAGS,
    { needs: 'probabilities' },
    { form: 'class-columns' },
  ],
  [
    'zeros in columns of heads, scored by probabilities',
    'id,a,b\n1,0,0\n',
    FLAGS,
    { needs: 'probabilities' },
    { form: 'class-columns' },
  ],
  [
    'fractions in columns of heads, without a metric',
    'id,a,b\n1,0.5,0.5\n',
    FLAGS,
    {},
    { form: 'class-columns' },
  ],
  [
    'classes in columns of heads',
    'id,a,b\n1,True,False\n',
    FLAGS,
    { needs: 'classes' },
    { form: 'head-columns' },
  ],
  [
    'numbers of classes that are written with decimals',
    'id,label\n1,0.0\n',
    [head('label', '0', '1', '2')],
    { needs: 'classes' },
    { form: 'label' },
  ],
  [
    'a zero with decimals, scored by probabilities',
    'id,label\n1,0.0\n',
    [head('label', '0', '1')],
    { needs: 'probabilities' },
    { form: 'probability', settings: { positive: '1' } },
  ],
  [
    'empty cells, scored by probabilities',
    'id,label\n1,\n',
    [BINARY],
    { needs: 'probabilities' },
    { form: 'probability', settings: { positive: 'yes' } },
  ],
  ['nothing but nan', 'id,label\n1,nan\n2,NaN\n', [PETS], { needs: 'classes' }, { form: 'label' }],
  [
    'nan in columns of classes',
    'id,cat,dog,owl\n1,NaN,NaN,NaN\n',
    [PETS],
    { needs: 'probabilities' },
    { form: 'class-columns' },
  ],
  ['a class called NA', 'id,label\n1,NA\n', [head('label', 'NA', 'None')], {}, { form: 'label' }],
  ['labels -1 and 1', 'id,y\n1,0.5\n', [head('y', '-1', '1')], {}, { settings: { positive: '1' } }],
  [
    'zeros in columns of classes, scored by classes',
    'id,cat,dog,owl\n1,0,0,0\n',
    [PETS],
    { needs: 'classes' },
    { form: 'class-columns' },
  ],
  [
    'the five likeliest',
    'id,label\n1,cat dog owl\n',
    [PETS],
    { needs: 'ranking', ranks: 3 },
    { form: 'top-k' },
  ],
  [
    'a list as JSON',
    'id,tags\n1,"[""cat""]"\n',
    [multi('tags', 'cat', 'dog')],
    { needs: 'classes' },
    { form: 'multi-label' },
  ],
])('finds %s', async (_, text, heads, options, expected) => {
  expect(await detected(text, heads, options)).toMatchObject(expected);
});

test.each<[string, string, readonly Head[], DetectOptions, RegExp]>([
  [
    'a class for log loss',
    'id,label\n1,cat\n',
    [PETS],
    { needs: 'probabilities' },
    /nearest is "label", but it writes classes, and the metric scores probabilities/,
  ],
  [
    'classes in columns of heads for log loss',
    'id,a,b\n1,True,True\n',
    FLAGS,
    { needs: 'probabilities' },
    /nearest is "head-columns", but it writes classes, and the metric scores probabilities/,
  ],
  [
    'a probability of an unclear class of each head',
    'id,a,b\n1,0.5,0.5\n',
    [head('a', 'benign', 'malignant'), head('b', 'benign', 'malignant')],
    { needs: 'probabilities' },
    /not clear of which class of "a" the column has the probability/,
  ],
  [
    'fractions for accuracy',
    'id,cat,dog,owl\n1,0.3,0.3,0.4\n',
    [PETS],
    { needs: 'classes' },
    /nearest is "class-columns", but it writes probabilities, and the metric scores classes/,
  ],
  [
    'a fraction for accuracy',
    'id,label\n1,0.5\n',
    [BINARY],
    { needs: 'classes' },
    /nearest is "probability", but it writes probabilities, and the metric scores classes/,
  ],
  [
    'run lengths',
    'id,rle\n1,1 5 20 3\n2,1 6 20 3\n',
    [PETS],
    { needs: 'classes' },
    /the cells of "rle" (list what is not a class|are several numbers)/,
  ],
  ['constant run lengths', 'id,rle\n1,1 1\n2,1 1\n', [PETS], {}, /the cells of "rle"/],
  ['boxes', 'id,box\n1,0.1 0.2 0.3 0.4\n2,0.1 0.2 0.3 0.5\n', [PETS], {}, /the cells of "box"/],
  ['words', 'id,label\n1,a b c d e\n2,f g h i j\n', [PETS], {}, /the cells of "label"/],
  ['a measurement', 'id,label\n1,33.7\n', [PETS], {}, /fractions, such as 33.7/],
  [
    'numbers beyond 1',
    'id,cat,dog,owl\n1,30,30,40\n',
    [PETS],
    {},
    /nearest is "class-columns", but the cells of "cat" are numbers from 30 to 30, not from 0 to 1/,
  ],
  [
    'decimal commas',
    'id;cat;dog;owl\n1;0,3;0,3;0,4\n',
    [PETS],
    {},
    /nearest is "class-columns", but the cells of "cat" are written with a decimal comma/,
  ],
  ['texts in columns of classes', 'id,cat,dog,owl\n1,x,y,z\n', [PETS], {}, /are not numbers, such as "x"/],
  ['a class too few', 'id,cat,dog\n1,0,0\n', [PETS], {}, /the class "owl" of "label" has no column/],
  ['a column too many', 'id,cat,dog,owl,fox\n1,0,0,0,0\n', [PETS], {}, /"fox" is not a class of "label"/],
  [
    'fewer labels than the metric looks at',
    'id,label\n1,cat dog\n',
    [PETS],
    { needs: 'ranking', ranks: 3 },
    /nearest is "top-k", but it writes 2 labels per row, and the metric looks at 3/,
  ],
  [
    'more labels than there are classes',
    'id,label\n1,cat dog owl cat dog\n',
    [PETS],
    {},
    /up to 5 labels, and "label" has 3 classes/,
  ],
  [
    'a probability of one class among three',
    'id,p\n1,0.5\n',
    [PETS],
    { needs: 'probabilities' },
    /"p" has room for the probability of one class, and "label" has 3 classes/,
  ],
  [
    'a column of several heads',
    'id,x\n1,red\n',
    [...FLAGS],
    {},
    /no head is called "x", and "red" is a class of none/,
  ],
])('rejects %s, and says which form is nearest and why', async (_, text, heads, options, why) => {
  const found = await detected(text, heads, options);
  expect(found).toMatchObject({
    code: 'submission-form-unknown',
    message: expect.stringMatching(why),
    fix: expect.stringMatching(/set (submission\.(form|options\.\w+)|metric): /),
  });
});

test.each<[string, string, readonly Head[], DetectOptions]>([
  ['truth values where classes have other names', 'id,label\n1,True\n', [BINARY], {}],
  ['another case', 'id,label\n1,Cat\n', [PETS], {}],
  ['numbers from 0 where classes are from 1', 'id,label\n1,0\n2,1\n', [head('label', '1', '2')], {}],
  ['a zero with decimals, without a metric', 'id,label\n1,0.0\n', [head('label', '0', '1')], {}],
])('asks about %s', async (_, text, heads, options) => {
  expect(await detected(text, heads, options)).toMatchObject({ code: 'submission-form-unclear' });
});

test('columns that nobody predicts are kept, and said to be', async () => {
  const sample = await sampleOf(',id,label,Usage\n0,a,cat,Public\n1,b,cat,Private\n', 'id');
  const { settings, decisions } = bindForm(undefined, sample, [PETS]);
  expect(settings).toMatchObject({ form: 'label', keep: ['', 'Usage'] });
  expect(decisions.filter(({ key }) => key === 'submission.options.keep')).toHaveLength(2);
  // What looks different is asked about.
  expect(await detected('id,label,Usage\na,cat,1\nb,cat,2\n', [PETS])).toMatchObject({
    fix: expect.stringContaining('set submission.options.keep: [Usage]'),
  });
  expect((await detected('id,Usage\na,Public\n', [head('Usage', 'Public', 'Private')])).form).toBe('label');
});

/** Cells that no label and no probability looks like; measurements are numbers, which one form predicts. */
const FOREIGN: Readonly<Record<string, readonly [string, string]>> = {
  'run lengths': ['1 5 20 3', '1 6 20 3'],
  boxes: ['0.1 0.2 0.3 0.4', '0.1 0.2 0.3 0.5'],
  measurements: ['12.5', '-3.25'],
  sentences: ['a long text here', 'and another one'],
  addresses: ['http://a.b/c', 'http://a.b/d'],
};
const NEEDS: readonly Information[] = ['classes', 'ranking', 'probabilities'];

describe.each(forms.list())('$name', (form) => {
  const { sample: text, heads } = form.example;
  const [header = ''] = text.split('\n');
  const width = header.split(',').length - 1;

  const foreign = Object.entries(FOREIGN).filter(
    ([what]) => form.name !== 'numbers' || what !== 'measurements',
  );
  test.each(foreign)('is not detected in %s', async (_, cells) => {
    const rows = cells.map((cell, i) => `${i}${`,${cell}`.repeat(width)}\n`).join('');
    const found = await detected(`${header}\n${rows}`, heads);
    expect(found.form).toBeUndefined();
    expect(found.code).toMatch(/^submission-form-un/);
  });

  test.each(NEEDS)('writes what a metric of %s is computed from, or says that it does not', async (needs) => {
    const sample = await sampleOf(text);
    const order = NEEDS.indexOf(bindForm({ form: form.name }, sample, heads).information);
    const bind = () => bindForm({ form: form.name }, sample, heads, { needs });
    if (order >= NEEDS.indexOf(needs)) expect(bind().settings.form).toBe(form.name);
    else expect(bind).toThrow(expect.objectContaining({ code: 'submission-metric' }));
    const { form: found } = await detected(text, heads, { needs });
    if (found === undefined) return;
    const bound = bindForm({ form: found }, sample, heads);
    expect(NEEDS.indexOf(bound.information)).toBeGreaterThanOrEqual(NEEDS.indexOf(needs));
  });

  test('whatever it chooses is a decision, and complete settings leave nothing to choose', async () => {
    const sample = await sampleOf(text);
    const bound = bindForm(undefined, sample, heads);
    const keys = new Set(bound.decisions.map(({ key }) => key));
    for (const [key, value] of Object.entries(bound.settings)) {
      if (value === undefined) continue;
      expect(keys).toContain(key === 'form' ? 'submission.form' : `submission.options.${key}`);
    }
    for (const { value, reason } of bound.decisions) {
      expect(value).toMatch(/\S/);
      expect(reason).toMatch(/\S/);
    }
    const again = bindForm(bound.settings, sample, heads);
    const open = again.decisions.filter(({ key }) => key !== 'submission.options.decimals');
    expect(open).toEqual([]);
  });
});
