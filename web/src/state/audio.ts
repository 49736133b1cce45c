// The sound of the open conversation: a file of this machine that goes nowhere.

import { effect, signal } from '@preact/signals';
import { hasStarts, heardAt } from '../model/audio';
import { t } from '../words';
import { tell } from './notices';
import { select, shown, talk, turns } from './talk';

export interface Sound {
  name: string;
  address: string;
}

export const sound = signal<Sound | null>(null);
/** Place of the turn that is heard; -1 for none. */
export const heard = signal(-1);
/** The element that plays it. */
export const player = signal<HTMLAudioElement | null>(null);

export function attachAudio(name: string, data: Blob): void {
  if (talk.value === null) {
    tellNeedsTranscript(name);
    return;
  }
  if (!hasStarts(turns.value)) {
    tell('problem', t('{file} cannot be played in sync: the transcript has no timestamps', { file: name }));
    return;
  }
  detachAudio();
  sound.value = { name, address: URL.createObjectURL(data) };
}

export function tellNeedsTranscript(name: string): void {
  tell('problem', t('{file} is an audio file: open its transcript first, then drop it here', { file: name }));
}

export function detachAudio(): void {
  if (sound.value) URL.revokeObjectURL(sound.value.address);
  sound.value = null;
  heard.value = -1;
}

/** Follows the sound: the turn that is heard is shown. */
export function follow(seconds: number): void {
  const place = heardAt(turns.value, seconds);
  if (place === heard.value) return;
  heard.value = place;
  if (place >= 0) select(place);
}

/** Plays a turn from where it begins. */
export function playTurn(place: number): void {
  const start = turns.value[place]?.start;
  if (!player.value || start === null || start === undefined) return;
  player.value.currentTime = start;
  void player.value.play();
}

// Another conversation has another sound.
let before: string | undefined;
effect(() => {
  const now = `${talk.value?.id} ${shown.value}`;
  if (before !== undefined && now !== before) detachAudio();
  before = now;
});
