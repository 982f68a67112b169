import { fail } from '@podium/core';
import type { Head, Label } from '@podium/dataset';
import type { ScoredTarget } from '../forms/form.ts';

/**
 * A head with one class per image, of which the form writes the text.
 * @param texts what is written for each class of the head; further texts that may be written follow
 * @param column of the form's columns
 */
export function labelTarget(head: Head, texts: readonly string[], column = 0): ScoredTarget {
  const index = new Map(texts.map((text, k) => [text, k]));
  return {
    name: head.name,
    heads: [head.name],
    task: 'single-label',
    classes: texts,
    truth: (label) => indicesOf(head, label(head.name)),
    read: (cells) => {
      const k = index.get(cells[column]!);
      return k === undefined ? [] : [[k, 1]];
    },
  };
}

/**
 * Indices of true classes among those of a head; undefined without a label.
 * @throws PodiumError `submission-truth` for a label that is not a class
 */
export function indicesOf({ name: head, classes }: Head, label: Label | undefined): number[] | undefined {
  if (label === undefined) return undefined;
  const names = typeof label === 'string' ? [label] : label;
  return names.map((name) => {
    const k = typeof name === 'string' ? classes.indexOf(name) : -1;
    if (k !== -1) return k;
    return fail({
      code: 'submission-truth',
      message: `a true label of "${head}"`,
      expected: classes,
      got: JSON.stringify(name),
    });
  });
}
