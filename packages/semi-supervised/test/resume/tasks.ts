/** What `run.ts` trains, and how many steps each takes. */
export const STEPS = { fixmatch: 24, 'meta-pseudo-labels': 24, simclr: 24, rotation: 24 } as const;

export type TaskName = keyof typeof STEPS;
