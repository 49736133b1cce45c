// What a key does in the timeline.

import type { Read } from '../reading';

export type Act = { kind: 'select'; place: number } | { kind: 'zoom'; factor: number } | { kind: 'all' };

const PAGE = 10;

/** Returns what a key does from the selected turn, or null for a key that is not the timeline's. */
export function actOf(key: string, place: number, reads: readonly Read[], speakers: readonly string[]): Act | null {
  const to = (wanted: number): Act => ({ kind: 'select', place: Math.min(Math.max(wanted, 0), reads.length - 1) });
  switch (key) {
    case 'ArrowRight':
      return to(place + 1);
    case 'ArrowLeft':
      return to(place - 1);
    case 'ArrowDown':
      return to(inLane(1, place, reads, speakers));
    case 'ArrowUp':
      return to(inLane(-1, place, reads, speakers));
    case 'PageDown':
      return to(place + PAGE);
    case 'PageUp':
      return to(place - PAGE);
    case 'Home':
      return to(0);
    case 'End':
      return to(reads.length - 1);
    case 's':
      return to(shift(1, place, reads));
    case 'S':
      return to(shift(-1, place, reads));
    case '+':
    case '=':
      return { kind: 'zoom', factor: 0.6 };
    case '-':
      return { kind: 'zoom', factor: 1 / 0.6 };
    case '0':
      return { kind: 'all' };
    default:
      return null;
  }
}

/** Returns the nearest turn of the speaker in the lane below (1) or above (-1). */
function inLane(direction: number, place: number, reads: readonly Read[], speakers: readonly string[]): number {
  const own = speakers.indexOf(reads[place]?.turn.speaker ?? '');
  const wanted = speakers[own + direction];
  if (wanted === undefined) return place;
  let best = place;
  let distance = Infinity;
  reads.forEach((read, other) => {
    if (read.turn.speaker === wanted && Math.abs(other - place) < distance) {
      best = other;
      distance = Math.abs(other - place);
    }
  });
  return best;
}

function shift(direction: number, place: number, reads: readonly Read[]): number {
  for (let other = place + direction; other >= 0 && other < reads.length; other += direction) {
    if (reads[other]?.shiftFrom != null) return other;
  }
  return place;
}
