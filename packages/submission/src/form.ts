import { PodiumError, type Predictions } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { Head } from '@podium/dataset';
import type { z } from 'zod';
import type { ColumnFacts } from './columns/column-facts.ts';
import type { SampleSubmission } from './sample.ts';

/** Where the settings of a form stand in a competition's settings. */
export const PREFIX = 'submission';

/** What people set of a form, JSON: what is left out, the form itself too, is found by looking at the sample. */
export interface GivenSettings {
  readonly form?: string | undefined;
  readonly keep?: readonly string[] | undefined;
  readonly [key: string]: unknown;
}

/** Settings of a form, JSON: its name and what only it knows. */
export interface FormSettings extends GivenSettings {
  readonly form: string;
  /** Columns whose cells are the sample's own; a form does not fill them. */
  readonly keep?: readonly string[] | undefined;
  readonly [key: string]: unknown;
}

/** What a form may look at. */
export interface FormView {
  readonly sample: SampleSubmission;
  /** The columns to fill, in the sample's order. */
  readonly columns: readonly string[];
  readonly heads: readonly Head[];
  /** What the competition's metric looks at, where that is known: it tells labels from probabilities. */
  readonly needs: 'classes' | 'probabilities' | undefined;
  readonly facts: (column: string) => ColumnFacts;
}

/** How sure a form is that a sample is of its kind, and why. */
export interface FormGuess {
  /** From 0 (certainly not) to 1 (certainly). */
  readonly confidence: number;
  /** Short clauses: `each column is named after a class of "breed"`. */
  readonly evidence: readonly string[];
  /** What the form would be bound with. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the sample does not say: thrown where this guess wins, unless settings have the key. */
  readonly unclear?: { readonly key: string; readonly error: PodiumError };
}

/** What a column's cells must be, for the linter. */
export type CellRule =
  /** One of these texts. */
  | { readonly kind: 'label'; readonly labels: ReadonlySet<string> }
  /** Several of these texts, none twice. */
  | {
      readonly kind: 'labels';
      readonly labels: ReadonlySet<string>;
      readonly separator: string;
      readonly least: number;
      readonly most: number;
    }
  /** A number in [low, high]. */
  | { readonly kind: 'number'; readonly low: number; readonly high: number };

/** A form that knows its columns, heads and labels: it turns predictions into cells. */
export interface BoundForm {
  /** Complete: with these, the same form is bound without looking. */
  readonly settings: FormSettings;
  /** The heads whose predictions it reads; predictions have their classes in this order. */
  readonly heads: readonly Head[];
  /** In the sample's order. */
  readonly columns: readonly { readonly name: string; readonly rule: CellRule }[];
  /** Sets of columns whose numbers sum to 1 in each row. */
  readonly sums: readonly (readonly string[])[];
  /**
   * A function that gives the cells of row 0, 1, 2..., in the order of `columns`, of predictions by head over the same
   * ids in the same order.
   */
  readonly writer: (predictions: Readonly<Record<string, Predictions>>) => (row: number) => readonly string[];
}

/** One way in which competitions want their answers. */
export interface SubmissionForm {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Of its settings; `form` is its name. */
  readonly settings: z.ZodObject;
  /** Undefined where the sample is certainly of another form; never throws. */
  readonly recognize: (view: FormView) => FormGuess | undefined;
  /** @throws PodiumError `settings-invalid`, `submission-settings` naming the key and what it may be. */
  readonly bind: (settings: unknown, view: FormView) => BoundForm;
}

/** A form from its parts; `bind` gets settings that its schema has checked. */
export function defineForm<Schema extends z.ZodObject>(parts: {
  readonly name: string;
  readonly summary: string;
  readonly settings: Schema;
  readonly recognize: SubmissionForm['recognize'];
  readonly bind: (settings: z.output<Schema>, view: FormView) => BoundForm;
}): SubmissionForm {
  return Object.freeze({
    ...parts,
    bind: (settings: unknown, view: FormView) =>
      parts.bind(parseSettings(parts.settings, settings, { prefix: PREFIX }), view),
  });
}

/** An error about a setting of a form: `key` is its path below the submission's settings. */
export function settingError(
  key: string,
  problem: {
    readonly message?: string;
    readonly expected: string | readonly string[];
    readonly got?: string;
    readonly fix?: string;
  },
): PodiumError {
  return new PodiumError({ code: 'submission-settings', path: { key: `${PREFIX}.${key}` }, ...problem });
}
