// A turn in words: for screen readers, and for the table that says what the plots show.

import { t } from '../words';
import { percent, shorten } from './format';
import type { Read } from './reading';

/** Returns the emotion that is shown of an answered turn; two where the model is not sure. */
export function emotionName(read: Read): string {
  if (read.label !== null) return t(read.label);
  if (read.best === null) return '';
  if (read.second === null) return t('unsure, maybe {label}', { label: t(read.best) });
  return t('unsure: {first} or {second}', { first: t(read.best), second: t(read.second) });
}

export function emotionWords(read: Read): string {
  const { turn } = read;
  if (turn.status === 'failed') return t('could not be read: {why}', { why: turn.detail ?? t('the model cannot read it') });
  if (turn.correction !== null) return t('{label}, corrected by hand', { label: t(turn.correction) });
  if (read.best === null) return t('not recognised yet');
  return `${emotionName(read)}, ${percent(read.confidence)}`;
}

export function turnWords(read: Read): string {
  const shift = read.shiftFrom === null ? '' : ` ${t('Shift from {label}.', { label: t(read.shiftFrom) })}`;
  const head = t('Turn {n}, {speaker}: {emotion}.', {
    n: read.turn.number,
    speaker: read.turn.speaker,
    emotion: emotionWords(read),
  });
  return `${head}${shift} ${shorten(read.turn.text, 160)}`;
}
