import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { adviceOf, followed } from '@podium/test-kit/fixes';
import { expect, test } from 'vitest';
import { head, multi, sampleOf } from '../../test/submissions.ts';
import { bindForm } from './bind-form.ts';
import type { DetectOptions } from './form-context.ts';

const PETS = head('label', 'cat', 'dog', 'owl');
const BINARY = head('label', 'cat', 'dog');
const TAGS = multi('tags', 'cat', 'dog', 'owl');
const MASK = [head('mask', 'on', 'off'), head('gender', 'male', 'female')];

/** Settings of a competition, as far as a form depends on them. */
interface Given {
  readonly metric?: string;
  readonly submission?: { readonly form?: string; readonly options?: Readonly<Record<string, unknown>> };
}

function needsOf(metric: string | undefined): DetectOptions {
  if (metric === undefined) return {};
  const [, ranks] = /^top-(\d+)$/.exec(metric) ?? [];
  if (ranks !== undefined) return { needs: 'ranking', ranks: Number(ranks) };
  return { needs: metric === 'log-loss' ? 'probabilities' : 'classes' };
}

/** What binding comes to: the settings of the form, or the error. */
async function outcome(text: string, heads: readonly Head[], given: Given) {
  const { form, options } = given.submission ?? {};
  const settings = { ...options, ...(form !== undefined && { form }) };
  try {
    return bindForm(settings, await sampleOf(text, 'id'), heads, needsOf(given.metric)).settings;
  } catch (error) {
    if (error instanceof PodiumError) return error.problem;
    throw error;
  }
}

test.each<[string, string, readonly Head[], Given]>([
  ['classes under other names', 'id,label\n1,0\n2,1\n', [PETS], {}],
  ['a probability of an unclear class', 'id,p\n1,0.5\n', [BINARY], {}],
  ['a probability of one class among three', 'id,p\n1,0.5\n', [PETS], {}],
  [
    'no such class',
    'id,p\n1,0.5\n',
    [BINARY],
    { submission: { form: 'probability', options: { positive: 'x' } } },
  ],
  ['a column of its own', 'id,label,note\n1,cat,a\n2,cat,b\n', [PETS], {}],
  [
    'a column of its own, for a chosen form',
    'id,label,note\n1,cat,a\n',
    [PETS],
    { submission: { form: 'label' } },
  ],
  [
    'no column left',
    'id,label\n1,cat\n',
    [PETS],
    { submission: { form: 'label', options: { keep: ['x'] } } },
  ],
  ['unknown columns', 'id,x,y,z\n1,0,0,0\n', [PETS], {}],
  [
    'unknown columns of a chosen form',
    'id,x,y,z\n1,0,0,0\n',
    [PETS],
    { submission: { form: 'class-columns' } },
  ],
  ['a class too few', 'id,cat,dog\n1,0,0\n', [PETS], {}],
  [
    'a class too few in a chosen form',
    'id,cat,dog\n1,0,0\n',
    [PETS],
    { submission: { form: 'class-columns' } },
  ],
  [
    'a column without a class',
    'id,a,b\n1,0,0\n',
    [PETS],
    { submission: { form: 'class-columns', options: { columns: { a: 'cat' } } } },
  ],
  [
    'a threshold of probabilities',
    'id,cat,dog,owl\n1,0.3,0.3,0.4\n',
    [TAGS],
    { submission: { form: 'class-columns', options: { threshold: 0.3 } } },
  ],
  [
    'decimals of zeros and ones',
    'id,cat,dog,owl\n1,0,0,0\n',
    [TAGS],
    { submission: { form: 'class-columns', options: { values: 'zero-one', decimals: 3 } } },
  ],
  ['a class for log loss', 'id,label\n1,cat\n', [PETS], { metric: 'log-loss' }],
  [
    'a chosen class for log loss',
    'id,label\n1,cat\n',
    [PETS],
    { metric: 'log-loss', submission: { form: 'label' } },
  ],
  ['fractions for accuracy', 'id,cat,dog,owl\n1,0.3,0.3,0.4\n', [PETS], { metric: 'accuracy' }],
  ['a fraction for accuracy', 'id,label\n1,0.5\n', [head('label', '0', '1')], { metric: 'accuracy' }],
  ['too few labels for the metric', 'id,label\n1,cat dog\n', [PETS], { metric: 'top-3' }],
  ['run lengths', 'id,rle\n1,1 5 20 3\n2,1 6 20 3\n', [PETS], { metric: 'accuracy' }],
  ['words that are not labels', 'id,tags\n1,a b\n2,c d\n', [TAGS], {}],
  [
    'a label with the separator',
    'id,tags\n1,a b\n',
    [multi('tags', 'a b', 'c')],
    { submission: { form: 'multi-label' } },
  ],
  [
    'a separator that lists do not have',
    'id,tags\n1,cat\n',
    [TAGS],
    { submission: { form: 'multi-label', options: { list: 'json', separator: ';' } } },
  ],
  [
    'less than at least',
    'id,tags\n1,cat\n',
    [TAGS],
    { submission: { form: 'multi-label', options: { atLeast: 3, atMost: 2 } } },
  ],
  ['more than there are', 'id,label\n1,cat\n', [PETS], { submission: { form: 'top-k', options: { k: 9 } } }],
  ['an unclear head', 'id,x\n1,red\n', MASK, { submission: { form: 'label' } }],
  ['a column of no head', 'id,x\n1,red\n', MASK, {}],
  ['a column without a head', 'id,mask,x\n1,on,b\n', MASK, { submission: { form: 'head-columns' } }],
  ['columns of heads under other names', 'id,mask,gender\n1,0,1\n2,1,0\n', MASK, {}],
  [
    'a head that is not there',
    'id,ans\n1,0\n',
    MASK,
    { submission: { form: 'combined-heads', options: { heads: ['mask', 'sex'] } } },
  ],
  ['probabilities of unclear classes of heads', 'id,mask,gender\n1,0.5,0.5\n', MASK, { metric: 'log-loss' }],
  ['several forms', 'id,label\n1,0.0\n', [head('label', '0', '1')], {}],
])('the advice against %s can be followed, and helps', async (_, text, heads, given) => {
  const before = await outcome(text, heads, given);
  expect(before).toHaveProperty('code');
  const { fix = '' } = before as { fix?: string };
  // `set a: 1 and b: 2; or set c: 3`: two ways out.
  const ways = fix.split(/; |,? or /).map(adviceOf);
  const withAdvice = ways.filter((advice) => advice.length > 0);
  if (/^(take|leave) (it|a column) out/.test(fix) && withAdvice.length === 0) return;
  expect(withAdvice, fix).not.toEqual([]);
  for (const advice of withAdvice) {
    for (const { key } of advice)
      expect(key).toMatch(/^(metric|submission\.form|submission\.options\.[a-zA-Z]+)$/);
    const after = await outcome(text, heads, advice.reduce<Given>(followed, given));
    expect(after, JSON.stringify(advice)).not.toEqual(before);
    expect(JSON.stringify(after)).not.toMatch(/no such setting|unknown key/);
  }
});
