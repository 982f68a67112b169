export { historyCsv } from './history-csv.ts';
export type { HistoryRow } from './history-row.ts';
