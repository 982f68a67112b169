import type { BoundForm, FormBinding, Information } from '../forms/form.ts';

/** A binding with what follows from its columns if the form does not say it. */
export function completed(binding: FormBinding): Omit<BoundForm, 'decisions'> {
  const { choices: _, information, targets, ...rest } = binding;
  return { ...rest, information: information ?? informationOf(binding), targets };
}

function informationOf({ columns }: FormBinding): Information {
  if (columns.length > 0 && columns.every(({ type }) => type.kind === 'number')) return 'probabilities';
  return 'classes';
}
