import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { cellFit } from '../columns/cell-fit.ts';
import { labelTexts, namesChoice } from '../columns/label-texts.ts';
import { exampleNames, shortList, yamlText } from '../columns/show-names.ts';
import { labelTarget } from '../columns/targets.ts';
import {
  defineForm,
  FORM_KEY,
  type FormContext,
  OPTIONS_KEY,
  type SubmissionForm,
  settingError,
} from './form.ts';

const settings = z.strictObject({
  columns: byName(z.string())
    .optional()
    .describe('the head of each column, such as { g: gender }; default: the head of the same name'),
  names: byName(byName(z.string()))
    .optional()
    .describe("per head, the competition's label per class; default: the class itself"),
});

/** `id,root,vowel,consonant`: several labels, one column per head. */
export const headColumns: SubmissionForm = defineForm({
  name: 'head-columns',
  summary: 'id and one column per head, with its class',
  settings,
  example: {
    sample: 'id,gender,mask\n1.jpg,male,mask\n2.jpg,male,mask\n',
    heads: [
      { name: 'mask', task: 'single-label', classes: ['mask', 'incorrect', 'normal'] },
      { name: 'gender', task: 'single-label', classes: ['male', 'female'] },
    ],
  },
  detect: ({ columns, heads, summary }) => {
    if (columns.length < 2 || heads.length < 2) return undefined;
    const chosen = columns.map((column) => heads.find(({ name }) => sameName(name, column)));
    const others = columns.filter((_, c) => chosen[c] === undefined);
    if (others.length === columns.length) return undefined;
    const fits = columns.map((column, c) => cellFit(summary(column), new Set(chosen[c]?.classes ?? [])));
    const known = fits.every(({ kind }) => kind === 'labels');
    const settings = { form: 'head-columns' };
    if (others.length > 0) {
      return {
        confidence: 0.6 * (1 - others.length / columns.length),
        evidence: [],
        settings,
        veto: { why: `no head is called ${JSON.stringify(others[0])}` },
      };
    }
    const twice = columns.find((_, c) => chosen.indexOf(chosen[c]) < c);
    const multi = chosen.find((head) => head?.task === 'multi-label');
    const impossible = fits.find((fit) => fit.kind === 'impossible');
    const otherNames = fits.findIndex(({ kind }) => kind === 'other-names');
    const veto =
      twice !== undefined
        ? { why: `two columns are named after the head "${chosen[columns.indexOf(twice)]!.name}"` }
        : multi !== undefined
          ? { why: `an image may have several classes of "${multi.name}"` }
          : impossible?.veto;
    return {
      confidence: known ? 0.95 : 0.75,
      evidence: [
        'each column is named after a head',
        known ? 'their cells are classes of that head' : 'their cells are placeholders, not classes',
      ],
      settings,
      ...(otherNames !== -1 && {
        required: {
          key: 'names',
          error: namesRequired(
            columns[otherNames]!,
            fits[otherNames] as { value: string },
            chosen[otherNames]!,
          ),
        },
      }),
      ...(veto !== undefined && { veto }),
    };
  },
  bind: (given, context) => {
    const { columns } = context;
    const givenHeads = new Map(Object.entries(given.columns ?? {}));
    const givenNames = new Map(Object.entries(given.names ?? {}));
    const heads = columns.map((column) => headOfColumn(context, column, givenHeads.get(column)));
    for (const name of givenNames.keys()) {
      if (heads.some((head) => head.name === name)) continue;
      throw settingError(`names.${name}`, {
        message: 'no column is filled by this head',
        expected: heads.map((head) => head.name),
        got: JSON.stringify(name),
      });
    }
    const texts = heads.map((head) => labelTexts(head, givenNames.get(head.name), `names.${head.name}`));
    const unique = [...new Set(heads)];
    return {
      settings: {
        ...given,
        columns: Object.fromEntries(columns.map((column, c) => [column, heads[c]!.name])),
      },
      heads: unique,
      columns: columns.map((name, c) => ({ name, type: { kind: 'label', labels: new Set(texts[c]) } })),
      sums: [],
      targets: unique.map((head) => {
        const c = heads.indexOf(head);
        return labelTarget(head, texts[c]!, c);
      }),
      choices: [
        {
          key: 'columns',
          value: shortList(columns.map((column, c) => `${column}: ${heads[c]!.name}`)),
          reason: 'each column is named after a head',
        },
        ...heads.flatMap((head, c) => namesChoice(context, head, columns[c]!)).slice(0, 1),
      ],
      writer: (predictions) => {
        const best = heads.map(({ name }) => predictions.get(name)!.argmax());
        return (row) => best.map((k, c) => texts[c]![k[row]!]!);
      },
    };
  },
});

function namesRequired(column: string, { value }: { readonly value: string }, head: Head): PodiumError {
  return new PodiumError({
    code: 'submission-form-unclear',
    message: `the cells of a column are not classes of "${head.name}"`,
    path: { column },
    expected: head.classes,
    got: JSON.stringify(value),
    fix: `set ${OPTIONS_KEY}.names: { ${yamlText(head.name)}: ${exampleNames(head.classes)} } with the competition's label of each class; if the cells are only placeholders, set ${FORM_KEY}: head-columns`,
  });
}

function headOfColumn({ heads, sample }: FormContext, column: string, given: string | undefined): Head {
  const found = heads.find(({ name }) => (given === undefined ? sameName(name, column) : name === given));
  if (found?.task === 'single-label') return found;
  const single = heads.filter(({ task }) => task === 'single-label').map(({ name }) => name);
  throw settingError(`columns.${column}`, {
    message:
      found !== undefined
        ? `an image may have several classes of "${found.name}"`
        : given === undefined
          ? `no head fills this column of ${sample.file}`
          : 'unknown head',
    expected: single,
    ...(given !== undefined && { got: JSON.stringify(given) }),
    fix: `set ${OPTIONS_KEY}.columns: { ${yamlText(column)}: ${yamlText(single[0] ?? 'HEAD')} } (the head that fills it), or ${OPTIONS_KEY}.keep: [${yamlText(column)}]`,
  });
}

/** Ignores case, spaces, hyphens and underscores. */
function sameName(head: string, column: string): boolean {
  return normalized(head) === normalized(column);
}

function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}
