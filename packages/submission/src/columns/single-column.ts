import { type FormContext, OPTIONS_KEY, settingError } from '../forms/form.ts';
import { yamlText } from './show-names.ts';

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
    got: columns.slice(0, 6).join(', ') || 'none',
    fix:
      columns.length === 0
        ? `take a column out of ${OPTIONS_KEY}.keep`
        : `set ${OPTIONS_KEY}.keep: [${columns.slice(1).map(yamlText).join(', ')}] (the columns to leave as they are in the sample), or choose a form with several columns`,
  });
}
