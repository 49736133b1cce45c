// Sound beside a transcript: which files are sound, and which turn is heard at a time.

import type { Turn } from './conversation';

const ENDINGS = /\.(mp3|m4a|aac|wav|ogg|oga|opus|flac|webm|mp4)$/i;

export function isAudio(name: string, type: string): boolean {
  return type.startsWith('audio/') || (ENDINGS.test(name) && !type.startsWith('text/'));
}

/** Returns the place of the turn that is heard at a time: the last that has begun; -1 before the first. */
export function heardAt(turns: readonly Turn[], seconds: number): number {
  let heard = -1;
  for (const [place, turn] of turns.entries()) {
    if (turn.start !== null && turn.start <= seconds + 0.05) heard = place;
  }
  return heard;
}

export function hasStarts(turns: readonly Turn[]): boolean {
  return turns.some((turn) => turn.start !== null);
}
