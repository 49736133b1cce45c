// How speakers look: a hue for each, and letters, so that nobody is told apart by colour alone.

import { fromOklch, toHex } from './colour';
import type { Theme } from './palette';

// Far from each other, and none a red, which would look like anger; their lightness makes them readable as words.
const HUES = [255, 320, 165, 70, 290, 205, 120, 345];

/** Returns the colour of a speaker's name, by the order in which they first speak. */
export function speakerColour(place: number, theme: Theme): string {
  const hue = HUES[place % HUES.length] ?? 0;
  return toHex(fromOklch(theme === 'light' ? [0.45, 0.11, hue] : [0.82, 0.09, hue]));
}

/** Returns one or two letters of a name. */
export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, ' ').trim().split(/\s+/);
  const [first = '?', second] = words;
  return ([...first][0] ?? '?').toUpperCase() + (second ? ([...second][0] ?? '').toUpperCase() : '');
}
