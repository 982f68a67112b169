export { attentionRollout } from './attention-rollout.ts';
export { type GradCamMaps, type GradCamOptions, gradCam } from './grad-cam.ts';
export type { ImageMaps } from './maps.ts';
