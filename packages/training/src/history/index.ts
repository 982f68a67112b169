export { historyCsv } from './history-csv.ts';
export type { HistoryRow } from './history-row.ts';
export { modeOf } from './mode-of.ts';
