export type { Schedule, ScheduleDefinition, ScheduleState } from './definition.ts';
export { createSchedule, type ScheduleOptions, schedules } from './registry.ts';
