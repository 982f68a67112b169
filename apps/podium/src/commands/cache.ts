import { FAILED, helpText } from '../help-text.ts';
import { parseAge, parseByteSize } from '../option-parsers.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

const STORE = ['--store <folder>', 'folder of cached results (default: .podium in this folder)'] as const;
const NO_STORE = 'there is no store';

export const addCache: AddCommand = (program, context) => {
  const cache = program.command('cache').description('list, verify and remove cached results');
  cache
    .command('list')
    .description('list cached results, most recently used first')
    .option(...STORE)
    .option('--json', 'print one JSON list')
    .addHelpText(
      'after',
      helpText({
        codes: { ok: 'printed', failed: NO_STORE },
        examples: ['podium cache list', 'podium cache list --store masks/.podium --json'],
      }),
    )
    .action(async (options) => {
      const { listCache } = await import('../actions/cache.ts');
      await listCache(context, options);
    });
  cache
    .command('verify')
    .description('hash every cached file and list the damaged results')
    .option(...STORE)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: 'Nothing is removed: the next run recomputes damaged results.',
        codes: { ok: 'no result is damaged', failed: NO_STORE, problems: 'some results are damaged' },
        examples: ['podium cache verify'],
      }),
    )
    .action(async (options) => {
      const { verifyCache } = await import('../actions/cache.ts');
      await verifyCache(context, options);
    });
  cache
    .command('clean')
    .description('remove old results, or the least recently used ones above a total size')
    .option(...STORE)
    .option('--max-size <size>', 'total size to keep at most: 500MB, 10GB', parseByteSize)
    .option('--max-age <age>', 'remove results not used for longer: 12h, 30d, 4w', parseAge)
    .option('--all', 'remove all results that are not pinned')
    .option('--unpin <run...>', 'unpin these runs first; "podium cache clean --dry-run" lists their names')
    .option('--dry-run', 'only print what would be removed')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
Results of submissions and trainings are pinned: they stay, whatever their age. So do results that a
running process uses. Everything that is removed can be recomputed.`,
        codes: { ok: 'cleaned', failed: FAILED },
        examples: [
          'podium cache clean --max-size 10GB --max-age 30d --dry-run',
          'podium cache clean --all --unpin masks/good-1a2b3c4d',
        ],
      }),
    )
    .action(async (options) => {
      const { cleanCache } = await import('../actions/cache.ts');
      await cleanCache(context, options);
    });
};
