import { helpText, INTERRUPTED } from '../help-text.ts';
import { JSON_OUTPUT, RUN_OR_TRAINING, STORE, SUBMISSIONS } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addVerify: AddCommand = (program, context) => {
  program
    .command('verify')
    .description('check the files of a run against its record and their signatures, without computing')
    .argument(...RUN_OR_TRAINING)
    .option('--signers <file>', 'who may have signed: lines such as "ada@example.org ssh-ed25519 AAAA..."')
    .option(...SUBMISSIONS)
    .option(...STORE)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
"podium run --sign KEY" signs the record and the report with an SSH key, as Git signs commits. The record
has the hash of the CSV and of every result, so its signature covers them, and the store. With --signers,
all has to be signed by somebody in the list; "man ssh-keygen" describes it as ALLOWED SIGNERS.`,
        codes: {
          ok: 'all is as recorded, and no signature is wrong',
          failed: 'unknown run, or ssh-keygen is missing',
          problems: 'something was changed, or is not signed by the signers',
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium verify good-1a2b3c4d',
          'podium verify submissions/masks/good-1a2b3c4d.run.json --signers signers.txt',
        ],
      }),
    )
    .action(async (run, options) => {
      const { verify } = await import('../actions/verify.ts');
      await verify(context, run, options);
    });
};
