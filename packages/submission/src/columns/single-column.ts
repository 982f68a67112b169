import { type FormContext, settingError } from '../forms/form.ts';

/**
 * The one column to fill.
 * @param form the form's name, for errors
 * @throws PodiumError `submission-settings` if the sample has none or several
 */
export function singleColumn({ columns, sample }: FormContext, form: string): string {
  const [column] = columns;
  if (column !== undefined && columns.length === 1) return column;
  throw settingError('form', {
    message: `the form "${form}" fills one column, and ${sample.file} has ${columns.length} besides the id`,
    expected: 'one column',
    got: columns.slice(0, 6).join(', '),
    fix: 'choose a form with several columns, or list the columns to leave unchanged in submission.keep',
  });
}
