export { fixMatch } from './fixmatch.ts';
export { flexMatch } from './flexmatch.ts';
export { meanTeacher } from './mean-teacher.ts';
export { metaPseudoLabels } from './meta-pseudo-labels.ts';
export { piModel } from './pi-model.ts';
export { pseudoLabel } from './pseudo-label.ts';
export { supervised } from './supervised.ts';
