import type { Check, Finding } from './check.ts';
import { count, examples, faultFindings, rowsOf } from './findings.ts';

const NAME = 'truncated-images';

export const truncatedImages: Check = {
  name: NAME,
  summary: 'images that are truncated or damaged, so that parts would be gray',
  run: (context): readonly Finding[] => {
    const used = context.entries.filter(({ scan }) => scan.damage !== undefined);
    const found = faultFindings(
      context,
      NAME,
      ['truncated'],
      'truncated or damaged',
      'download the files again; set data.damaged: use to use what is left of them; or set data.accept: [truncated-images] to continue without them (a test row then keeps what the sample has)',
    );
    if (used.length === 0) return found;
    return [
      ...found,
      {
        check: NAME,
        severity: 'warning',
        message: `what is left of ${count(used.length, 'truncated or damaged image')} is used: ${examples(used, ({ damage }) => damage!)}`,
        ...rowsOf(used),
        fix: 'look at a few; the missing parts are gray or black',
      },
    ];
  },
};
