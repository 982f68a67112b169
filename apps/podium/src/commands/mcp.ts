import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import type { AddCommand } from './context.ts';

export const addMcp: AddCommand = (program, context) => {
  program
    .command('mcp')
    .description('serve a folder of competitions to assistants, by the Model Context Protocol')
    .argument('[folder]', 'the folder; nothing outside of it is read or written', '.')
    .option('--allow-run', 'also start and stop runs; otherwise nothing is computed')
    .addHelpText(
      'after',
      helpText({
        notes: `
Speaks on standard input and output until its input ends. Each tool is a command of Podium, and answers with what
its --json prints. Code of a project runs only if you have trusted it before, and nothing is ever uploaded. Runs
that the server started stop with it; start them again to resume.`,
        codes: { ok: 'the client has left', failed: FAILED, interrupted: INTERRUPTED },
        examples: ['podium mcp', 'podium mcp ~/competitions --allow-run'],
      }),
    )
    .action(async (folder, options) => {
      const { mcp } = await import('../actions/mcp.ts');
      await mcp(context, folder, options);
    });
};
