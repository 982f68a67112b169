import type { Payload } from '../src/page/payload.ts';

export type Images = readonly (string | null)[];

function read(id: string): unknown {
  return JSON.parse(document.getElementById(id)?.textContent ?? 'null');
}

export const payload: Payload = read('podium-data') as Payload;
/** Data URIs by number; null if there was no room. */
export const images: Images = (read('podium-images') as Images | null) ?? [];
