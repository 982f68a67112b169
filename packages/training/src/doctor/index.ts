export type { CheckResult, DoctorCheck, DoctorSubject, Verdict } from './check.ts';
export { type PerformanceStats, type PerformanceTip, performanceTips } from './performance.ts';
export { type DoctorFinding, doctorChecks, runDoctor } from './run.ts';
