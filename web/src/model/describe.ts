// A turn in words: for screen readers, and for the table that says what the plots show.

import { percent, shorten } from './format';
import type { Read } from './reading';

export function emotionWords(read: Read): string {
  const { turn } = read;
  if (turn.status === 'failed') return `not read: ${turn.detail ?? 'the model cannot read it'}`;
  if (turn.correction !== null) return `${turn.correction}, corrected by hand`;
  if (read.best === null) return 'not recognised yet';
  if (read.unsure) return `unsure, perhaps ${read.best}, ${percent(read.confidence)}`;
  return `${read.label}, ${percent(read.confidence)}`;
}

export function turnWords(read: Read): string {
  const shift = read.shiftFrom === null ? '' : ` Shift from ${read.shiftFrom}.`;
  return `Turn ${read.turn.number}, ${read.turn.speaker}: ${emotionWords(read)}.${shift} ${shorten(read.turn.text, 160)}`;
}
