// Which family of feelings a label belongs to, and so its hue.

import type { LabelInfo } from '../service/types';
import { FAMILIES, type Family } from './palette';

const NEUTRAL = new Set(['neutral', 'no emotion', 'none']);
const OWN: Record<string, Family> = {
  surprise: 'surprise',
  surprised: 'surprise',
  astonishment: 'surprise',
  disgust: 'disgust',
  disgusted: 'disgust',
};

// Where each family stands in valence and arousal: the ratings of joyful, relaxed, sad, angry, fearful, surprised, disgusted.
const AFFECT: [Family, number, number][] = [
  ['joyful', 0.76, 0.48],
  ['peaceful', 0.68, -0.46],
  ['sad', -0.63, -0.27],
  ['mad', -0.51, 0.59],
  ['scared', -0.64, 0.6],
  ['surprise', 0.22, 0.7],
  ['disgust', -0.6, 0.35],
];

const HUES = FAMILIES.filter((family) => family !== 'neutral');

/** Returns the family that is told by what is known of a label, or null for a word that nothing is known of. */
export function knownFamily(info: LabelInfo): Family | null {
  const words = [info.label, ...info.aliases].map((word) => word.toLowerCase());
  if (words.some((word) => NEUTRAL.has(word))) return 'neutral';
  const own = OWN[info.label.toLowerCase()];
  if (own !== undefined) return own;
  const core = info.wheel?.[0];
  if (core !== undefined && (FAMILIES as readonly string[]).includes(core)) return core as Family;
  if (info.valence === null || info.arousal === null) return null;
  const [valence, arousal] = [info.valence, info.arousal];
  const far = ([, v, a]: [Family, number, number]) => Math.hypot(v - valence, a - arousal);
  return AFFECT.reduce((near, other) => (far(other) < far(near) ? other : near))[0];
}

/** Returns a number from a word that is the same on every machine (FNV-1a). */
export function hash(word: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word.toLowerCase())) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value;
}

/**
 * Returns a family for each label. A word that nothing is known of takes the hue that its letters name, or the next one that
 * no other label has, so that it is stable for the same words.
 */
export function assignFamilies(infos: readonly LabelInfo[]): Family[] {
  const known = infos.map(knownFamily);
  const taken = new Set(known.filter((family) => family !== null));
  return infos.map((info, place) => {
    const family = known[place];
    if (family) return family;
    const start = hash(info.label) % HUES.length;
    const order = HUES.map((_, step) => HUES[(start + step) % HUES.length] as Family);
    const free = order.find((hue) => !taken.has(hue)) ?? (order[0] as Family);
    taken.add(free);
    return free;
  });
}
