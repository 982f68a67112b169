import type { AddCommand } from './context.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addSetup } from './setup.ts';

/** Every command, in the order that the help shows them. */
export const commands: readonly AddCommand[] = [addSetup, addDemo, addDoctor];
