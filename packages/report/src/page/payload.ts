import type { LabelIssue } from '../report-data.ts';
import type { ColorBy } from '../sections/feature-map.ts';

/** Data of the page's script, in columns; `null` is unknown. */
export interface Payload {
  /** One per head. */
  readonly heads: readonly {
    readonly classes: readonly string[];
    readonly rows: {
      readonly id: readonly string[];
      readonly truth: readonly number[];
      readonly predicted: readonly number[];
      /** In thousandths. */
      readonly confidence: readonly (number | null)[];
      readonly fold: readonly (string | null)[];
      /** Numbers of images. */
      readonly image: readonly (number | null)[];
    };
  }[];
  readonly issues: readonly Pick<
    LabelIssue,
    'id' | 'head' | 'given' | 'suggested' | 'manifestRow' | 'quality'
  >[];
  readonly map?: {
    readonly id: readonly (string | null)[];
    readonly image: readonly (number | null)[];
    readonly by: Partial<
      Record<ColorBy, { readonly names: readonly string[]; readonly value: readonly number[] }>
    >;
  };
  /** The name of the patch file that the page saves. */
  readonly patchName: string;
}
