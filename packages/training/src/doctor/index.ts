export type { CheckResult, DoctorCheck, DoctorSubject, Verdict } from './check.ts';
export { type PerformanceStats, type PerformanceTip, performanceTips } from './performance.ts';
export { type DoctorFinding, type DoctorStart, doctorChecks, runDoctor, timeDoctorStep } from './run.ts';
