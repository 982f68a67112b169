import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addReport: AddCommand = (program, context) => {
  program
    .command('report')
    .description('write the report of a run as one HTML file, or two runs side by side')
    .argument('<run>', 'its .run.json, its CSV, or its name where --submissions has it')
    .option('--compare <run>', 'another run, to be shown beside it with what differs')
    .option('--out <file>', 'where to write it (default: beside the record)')
    .option('--submissions <folder>', 'where runs are looked for by name', 'submissions')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The page needs no network and can be sent to others: it holds the score with its interval, mistakes,
a confusion matrix that opens its images, likely label errors (saved as a patch), where the network
looked, calibration, a map of the images, curves, cost, settings, and how to rebuild it all. What the
store does not have any more is made again first.

Exit codes:
  ${exitCodes.ok}    it is written
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium report submissions/masks/good-1a2b3c4d.run.json
  podium report good-1a2b3c4d --compare fast-5e6f7a8b --out compare.html`,
    )
    .action(async (run, options) => {
      const { report } = await import('../actions/report.ts');
      await report(context, run, options);
    });
};
