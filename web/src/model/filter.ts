// Turns that a person looks for: by words, emotion, speaker, and how sure the model is.

import type { Read } from './reading';

export interface Filter {
  words: string;
  /** Any of these; all where empty. */
  emotions: string[];
  speaker: string;
  only: 'all' | 'unsure' | 'shifts' | 'corrected';
}

export const ANY: Filter = { words: '', emotions: [], speaker: '', only: 'all' };

/** Returns a text without accents and case, so that "cafe" finds "Café". */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase();
}

const PASSES: Record<Filter['only'], (read: Read) => boolean> = {
  all: () => true,
  unsure: (read) => read.unsure,
  shifts: (read) => read.shiftFrom !== null,
  corrected: (read) => read.turn.correction !== null,
};

/** Returns places of the turns that match, in order; null where nothing is looked for. */
export function matching(reads: readonly Read[], filter: Filter): number[] | null {
  const { emotions, speaker, only } = filter;
  const words = fold(filter.words.trim());
  if (words === '' && emotions.length === 0 && speaker === '' && only === 'all') return null;
  const places: number[] = [];
  reads.forEach((read, place) => {
    const { turn } = read;
    if (speaker !== '' && turn.speaker !== speaker) return;
    if (emotions.length > 0 && (read.label === null || !emotions.includes(read.label))) return;
    if (!PASSES[only](read)) return;
    if (words !== '' && !fold(turn.text).includes(words) && !fold(turn.speaker).includes(words)) return;
    places.push(place);
  });
  return places;
}

/** Returns places of answered turns that no person has put right, the least certain first. */
export function leastCertain(reads: readonly Read[]): number[] {
  return reads
    .map((read, place) => ({ read, place }))
    .filter(({ read }) => read.best !== null && read.turn.correction === null)
    .sort((a, b) => a.read.confidence - b.read.confidence || a.place - b.place)
    .map(({ place }) => place);
}
