// Turns that a person looks for: by words, emotion, speaker, and how sure the model is; as they were said, or by an emotion.

import type { Read } from './reading';

export interface Filter {
  words: string;
  /** Any of these; all where empty. */
  emotions: string[];
  speaker: string;
  only: 'all' | 'unsure' | 'shifts' | 'corrected';
  /** Least and most confidence of the model, 0 to 1. */
  confidence: [least: number, most: number];
  /** The label of which the most probable turn comes first; empty for the order in which they were said. */
  order: string;
}

export const ANY: Filter = { words: '', emotions: [], speaker: '', only: 'all', confidence: [0, 1], order: '' };

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

/** Returns the model's probability of a label for a turn, whatever a person put right. */
export function probabilityOf(read: Read, label: string): number {
  return read.turn.answer?.probabilities[label] ?? 0;
}

/** Returns places of the turns that match, in the order that is asked for; null where nothing is. */
export function matching(reads: readonly Read[], filter: Filter): number[] | null {
  const { emotions, speaker, only, order } = filter;
  const [least, most] = filter.confidence;
  const ranged = least > 0 || most < 1;
  const words = fold(filter.words.trim());
  if (words === '' && emotions.length === 0 && speaker === '' && only === 'all' && !ranged && order === '') return null;
  const places: number[] = [];
  reads.forEach((read, place) => {
    const { turn } = read;
    if (speaker !== '' && turn.speaker !== speaker) return;
    if (emotions.length > 0 && (read.label === null || !emotions.includes(read.label))) return;
    if (!PASSES[only](read)) return;
    // What a person put right is sure.
    if (ranged && (read.best === null || turn.correction !== null || read.confidence < least || read.confidence > most)) return;
    if (words !== '' && !fold(turn.text).includes(words) && !fold(turn.speaker).includes(words)) return;
    places.push(place);
  });
  if (order === '') return places;
  const strength = reads.map((read) => probabilityOf(read, order));
  return places.sort((a, b) => (strength[b] ?? 0) - (strength[a] ?? 0) || a - b);
}

/** Returns places of answered turns that no person has put right, the least certain first; of those that were found, if any. */
export function leastCertain(reads: readonly Read[], found: readonly number[] | null = null): number[] {
  const among = found === null ? null : new Set(found);
  return reads
    .map((read, place) => ({ read, place }))
    .filter(({ read, place }) => read.best !== null && read.turn.correction === null && (among?.has(place) ?? true))
    .sort((a, b) => a.read.confidence - b.read.confidence || a.place - b.place)
    .map(({ place }) => place);
}
