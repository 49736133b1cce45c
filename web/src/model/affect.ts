// Valence and arousal of a turn: what its probabilities expect.

import type { LabelInfo } from '../service/types';
import { probabilitiesOf, type Read } from './reading';

export interface Affect {
  valence: number;
  arousal: number;
}

// Below this much probability on rated labels the mean would speak for words that nobody rated.
const LEAST_RATED = 0.5;

export function hasAffect(infos: readonly LabelInfo[]): boolean {
  return infos.some((info) => info.valence !== null && info.arousal !== null);
}

/** Returns the mean of valence and arousal, weighted by probability, over labels that have ratings; null where few have. */
export function expectedAffect(read: Read, infos: readonly LabelInfo[]): Affect | null {
  if (read.turn.answer === null) return null;
  const labels = infos.map((info) => info.label);
  let rated = 0;
  let valence = 0;
  let arousal = 0;
  probabilitiesOf(read.turn, labels).forEach((probability, place) => {
    const info = infos[place];
    if (info === undefined || info.valence === null || info.arousal === null) return;
    rated += probability;
    valence += probability * info.valence;
    arousal += probability * info.arousal;
  });
  return rated < LEAST_RATED ? null : { valence: valence / rated, arousal: arousal / rated };
}
