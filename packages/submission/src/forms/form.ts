import { PodiumError, type Predictions } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import type { ColumnSummary } from '../columns/summarize-column.ts';
import type { SampleSubmission } from '../csv/read-sample.ts';

/** The key of a form's settings in the competition's settings. */
export const SETTINGS_KEY = 'submission';

/** Settings of a form as users write them, JSON. What is missing, even the form, is detected from the sample. */
export interface FormSettingsInput {
  readonly form?: string;
  readonly keep?: readonly string[];
  readonly [key: string]: unknown;
}

/** Settings of a form, JSON: its name, and the settings of that form. */
export interface FormSettings extends FormSettingsInput {
  readonly form: string;
}

/** Predictions by head. A map, because heads are named after columns, and a column may be called `constructor`. */
export type PredictionsByHead = ReadonlyMap<string, Predictions>;

/** What a form is detected from and bound to. */
export interface FormContext {
  readonly sample: SampleSubmission;
  /** The columns to fill, in the sample's order. */
  readonly columns: readonly string[];
  readonly heads: readonly Head[];
  /** What the competition's metric needs, if known. It tells labels 0 and 1 from probabilities. */
  readonly needs: 'classes' | 'probabilities' | undefined;
  readonly summary: (column: string) => ColumnSummary;
}

/** How likely a sample is of a form, and why. */
export interface FormDetection {
  /** From 0 (certainly not) to 1 (certainly). */
  readonly confidence: number;
  /** Short clauses: `each column is named after a class of "breed"`. */
  readonly evidence: readonly string[];
  /** Settings to bind the form with. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A setting that the sample leaves open. If this form is chosen and the setting is missing, `error` is thrown. */
  readonly required?: { readonly key: string; readonly error: PodiumError };
}

/** What the cells of a column may be. */
export type CellType =
  /** One of these labels. */
  | { readonly kind: 'label'; readonly labels: ReadonlySet<string> }
  /** Several different labels. */
  | {
      readonly kind: 'labels';
      readonly labels: ReadonlySet<string>;
      readonly separator: string;
      readonly minLabels: number;
      readonly maxLabels: number;
    }
  /** A number in [min, max]. */
  | { readonly kind: 'number'; readonly min: number; readonly max: number };

export interface FormColumn {
  readonly name: string;
  readonly type: CellType;
}

/** A form bound to the columns, heads and labels of one competition: it turns predictions into cells. */
export interface BoundForm {
  /** Complete: binding with these gives the same form without detecting anything. */
  readonly settings: FormSettings;
  /** The heads it reads, with the class order of the predictions it expects. */
  readonly heads: readonly Head[];
  /** In the sample's order. */
  readonly columns: readonly FormColumn[];
  /** Sets of columns whose numbers sum to 1 in each row. */
  readonly sums: readonly (readonly string[])[];
  /**
   * Takes the predictions of every head in `heads`, with the same ids in the same order, and returns a function: row
   * index -> cells in the order of `columns`.
   */
  readonly writer: (predictions: PredictionsByHead) => (row: number) => readonly string[];
}

/** A submission format. */
export interface SubmissionForm {
  readonly name: string;
  /** One line for people, beginning with `id and`. */
  readonly summary: string;
  /** All of its settings, each with a description, including `form` and `keep`. */
  readonly settings: z.ZodObject;
  /** A sample submission that this form is detected from, and the heads to detect it with; for docs and tests. */
  readonly example: { readonly sample: string; readonly heads: readonly Head[] };
  /** Undefined if the sample is certainly of another form. Never throws. */
  readonly detect: (context: FormContext) => FormDetection | undefined;
  /** @throws PodiumError `settings-invalid`, `submission-settings` naming the key and what it may be. */
  readonly bind: (settings: unknown, context: FormContext) => BoundForm;
}

/** Settings that every form has. */
type SharedSettings = { readonly form: string; readonly keep?: readonly string[] };

/**
 * Defines a form. Its settings get `form` and `keep`, which every form has, and `bind` gets them parsed.
 * @param parts.settings a zod object; every key has a description and, where possible, a default
 */
export function defineForm<Schema extends z.ZodObject>(parts: {
  readonly name: string;
  readonly summary: string;
  readonly settings: Schema;
  readonly example: SubmissionForm['example'];
  readonly detect: SubmissionForm['detect'];
  readonly bind: (settings: z.output<Schema> & SharedSettings, context: FormContext) => BoundForm;
}): SubmissionForm {
  const { name, summary, example, detect, bind } = parts;
  const settings = z.strictObject({
    form: z.literal(name).describe('the form'),
    ...parts.settings.shape,
    keep: z
      .array(z.string())
      .optional()
      .describe('columns to leave as they are in the sample; default: none'),
  });
  return Object.freeze({
    name,
    summary,
    settings,
    example,
    detect,
    bind: (input: unknown, context: FormContext) =>
      bind(
        parseSettings(settings, input, { prefix: SETTINGS_KEY }) as z.output<Schema> & SharedSettings,
        context,
      ),
  });
}

/** An error about a setting of a form. `key` is its path below the submission's settings. */
export function settingError(
  key: string,
  problem: {
    readonly message?: string;
    readonly expected: string | readonly string[];
    readonly got?: string;
    readonly fix?: string;
  },
): PodiumError {
  return new PodiumError({
    code: 'submission-settings',
    path: { key: `${SETTINGS_KEY}.${key}` },
    ...problem,
  });
}
