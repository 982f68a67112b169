import { type Decision, PodiumError, type Predictions, type PredictionTask } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { Head, Label } from '@podium/dataset';
import { z } from 'zod';
import type { ListStyle } from '../columns/list-style.ts';
import type { ColumnSummary } from '../columns/summarize-column.ts';
import type { SampleSubmission } from '../csv/read-sample.ts';

/** The name of the form in the competition's settings. */
export const FORM_KEY = 'submission.form';
/** The form's own settings in the competition's settings. */
export const OPTIONS_KEY = 'submission.options';

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

/**
 * What cells tell about an image, from least to most: its class, the order of its classes, or their probabilities; or, instead
 * of classes, numbers.
 */
export type Information = 'classes' | 'ranking' | 'probabilities' | 'numbers';

/** What a form is detected from and bound to. */
export interface FormContext {
  readonly sample: SampleSubmission;
  /** The columns to fill, in the sample's order. */
  readonly columns: readonly string[];
  /** Columns that stay as they are in the sample although no setting says so, with the reason. */
  readonly kept: ReadonlyMap<string, string>;
  readonly heads: readonly Head[];
  /** What the competition's metric is computed from, if known. It tells labels 0 and 1 from probabilities. */
  readonly needs: Information | undefined;
  /** How many ranks the metric looks at, if it needs a ranking. */
  readonly ranks: number | undefined;
  /** What separates labels in the cells of the training table, if known. */
  readonly separator: string | undefined;
  readonly summary: (column: string) => ColumnSummary;
}

/** Why a sample cannot be of a form. */
export interface Veto {
  /** A clause after `but`: `its cells are fractions, such as 0.5`. */
  readonly why: string;
  /** An instruction that names a setting. Default: to set the form nevertheless. */
  readonly fix?: string;
  /** A setting of the form that answers it: if it is given, this is no reason any more. */
  readonly key?: string;
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
  /** Why it cannot be this form after all; `confidence` is then how near it is. */
  readonly veto?: Veto | undefined;
}

/** What the cells of a column may be. */
export type CellType =
  /** One of these labels. */
  | { readonly kind: 'label'; readonly labels: ReadonlySet<string> }
  /** Several different labels. */
  | {
      readonly kind: 'labels';
      readonly labels: ReadonlySet<string>;
      readonly style: ListStyle;
      readonly minLabels: number;
      readonly maxLabels: number;
    }
  /** A number in [min, max]. */
  | { readonly kind: 'number'; readonly min: number; readonly max: number };

export interface FormColumn {
  readonly name: string;
  readonly type: CellType;
}

/** One thing that a grader scores: a head, or a combination of heads. */
export interface ScoredTarget {
  /** The head's name, or what a combination is called. */
  readonly name: string;
  /** The heads whose labels are its truth. */
  readonly heads: readonly string[];
  readonly task: PredictionTask;
  /** As the grader tells them apart. */
  readonly classes: readonly string[];
  /**
   * Indices of a row's true classes: one, or any number if `task` is multi-label; for regression, its true numbers. Undefined
   * if a head has no label.
   * @param label the row's true label of a head
   */
  readonly truth: (label: (head: string) => Label | undefined) => readonly number[] | undefined;
  /** Regression: what each column weighs in metrics that weight columns. Default: all alike. */
  readonly weights?: readonly number[] | undefined;
  /**
   * What the cells of a row say: a value per class (or column of numbers), as index and value; 0 for others.
   * @param cells in the order of the form's columns
   */
  readonly read: (cells: readonly string[]) => readonly (readonly [index: number, value: number])[];
}

/** A setting that nobody gave. */
export interface Choice {
  /** Of the form's settings: `positive`, `names`. */
  readonly key: string;
  readonly value: string;
  readonly reason: string;
}

/** What a form makes of its settings: see {@link BoundForm}. */
export interface FormBinding
  extends Omit<BoundForm, 'decisions' | 'information' | 'targets'>,
    Partial<Pick<BoundForm, 'information' | 'targets'>> {
  /** Why settings have their values if they were not given. Default: `the default` for each. */
  readonly choices?: readonly Choice[];
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
  /** What its cells tell: metrics that need more cannot score them. */
  readonly information: Information;
  /** What a grader scores, read from its cells. Undefined for a form that does not say: predictions are scored instead. */
  readonly targets: readonly ScoredTarget[] | undefined;
  /** What no setting says and was chosen, with the reason: the form, its settings, columns that are kept. */
  readonly decisions: readonly Decision[];
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
  readonly bind: (settings: unknown, context: FormContext) => FormBinding;
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
  /** What the heads that it writes predict; others are hidden from it. Default: classes. */
  readonly predicts?: 'classes' | 'numbers';
  readonly settings: Schema;
  readonly example: SubmissionForm['example'];
  readonly detect: SubmissionForm['detect'];
  readonly bind: (settings: z.output<Schema> & SharedSettings, context: FormContext) => FormBinding;
}): SubmissionForm {
  const { name, summary, example, detect, bind, predicts = 'classes' } = parts;
  const own = (context: FormContext): FormContext => {
    const heads = context.heads.filter(({ task }) => (task === 'regression') === (predicts === 'numbers'));
    return heads.length === context.heads.length ? context : { ...context, heads };
  };
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
    detect: (context: FormContext) => {
      const seen = own(context);
      return seen.heads.length === 0 && context.heads.length > 0 ? undefined : detect(seen);
    },
    bind: (input: unknown, context: FormContext) => {
      const given = parseSettings(settings, input, { prefix: OPTIONS_KEY, owner: `form "${name}"` });
      const seen = own(context);
      if (seen.heads.length === 0 && context.heads.length > 0) {
        throw settingError('form', {
          message: `the form "${name}" writes ${predicts}, and the heads predict ${predicts === 'numbers' ? 'classes' : 'numbers'}`,
          expected: predicts === 'numbers' ? 'a form of classes' : 'numbers',
          got: name,
          fix:
            predicts === 'numbers'
              ? 'leave submission.form out'
              : `set ${FORM_KEY}: numbers, or leave it out`,
        });
      }
      return bind(given as z.output<Schema> & SharedSettings, seen);
    },
  });
}

/** An error about a setting of a form. `key` is its path below the form's settings, or `form`. */
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
    path: { key: key === 'form' ? FORM_KEY : `${OPTIONS_KEY}.${key}` },
    ...problem,
  });
}
