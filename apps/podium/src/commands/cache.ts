import { exitCodes } from '../exit-codes.ts';
import { age, byteSize } from '../options.ts';
import type { AddCommand } from './context.ts';

const STORE = 'the store; default: .podium in this folder';

export const addCache: AddCommand = (program, context) => {
  const cache = program.command('cache').description('what is kept of runs, so that nothing is made twice');
  cache
    .command('list')
    .description('list what is kept, the last used first')
    .option('--store <folder>', STORE)
    .option('--json', 'print one JSON list')
    .addHelpText(
      'after',
      `
Exit codes:
  ${exitCodes.ok}  it was printed
  ${exitCodes.failed}  there is no store

Examples:
  podium cache list
  podium cache list --store masks/.podium --json`,
    )
    .action(async (options) => {
      const action = await import('../actions/cache.ts');
      await action.listCache(context, options);
    });
  cache
    .command('verify')
    .description('read every byte that is kept, and name what is not as it was written')
    .option('--store <folder>', STORE)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Nothing is removed: a run makes damaged results again by itself.

Exit codes:
  ${exitCodes.ok}  everything is as it was written
  ${exitCodes.failed}  there is no store
  ${exitCodes.problems}  some results are damaged

Examples:
  podium cache verify`,
    )
    .action(async (options) => {
      const action = await import('../actions/cache.ts');
      await action.verifyCache(context, options);
    });
  cache
    .command('clean')
    .description('remove results that are old or too large together, the least recently used first')
    .option('--store <folder>', STORE)
    .option('--max-size <size>', 'keep at most this much: 500MB, 10GB', byteSize)
    .option('--max-age <age>', 'remove what was not used for longer: 12h, 30d, 4w', age)
    .option('--all', 'remove everything that no submission or training is pinned to')
    .option(
      '--unpin <run...>',
      'let go of runs first, by the names that "podium cache clean --dry-run" prints',
    )
    .option('--dry-run', 'only say what would go')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
What submissions and trainings were made of is pinned, and stays whatever its age; so does what a
process is at work with. Everything that goes can be made again.

Exit codes:
  ${exitCodes.ok}  it is clean
  ${exitCodes.failed}  there is no store, or it cannot be written to

Examples:
  podium cache clean --max-size 10GB --max-age 30d --dry-run
  podium cache clean --all --unpin masks/good-1a2b3c4d`,
    )
    .action(async (options) => {
      const action = await import('../actions/cache.ts');
      await action.cleanCache(context, options);
    });
};
