// What a person chose; the only thing that is kept in the browser, and no text of a conversation is among it.

import { computed, effect, signal } from '@preact/signals';
import type { Theme } from '../looks/palette';

export type ThemeChoice = 'system' | Theme;

interface Settings {
  theme: ThemeChoice;
  /** Below it a turn is shown as unsure. */
  minProbability: number;
  /** A shipped label set, "own" for words of one's own, or "" for the model's set. */
  labelChoice: string;
  ownLabels: string[];
  /** Earlier turns that a turn is read with; null for as many as fit. */
  context: number | null;
  showAffect: boolean;
  showGold: boolean;
}

const STORE = 'instructerc.settings';
const DEFAULTS: Settings = {
  theme: 'system',
  minProbability: 0,
  labelChoice: '',
  ownLabels: [],
  context: null,
  showAffect: false,
  showGold: true,
};

function load(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '{}') as Partial<Settings>;
    return { ...DEFAULTS, ...kept };
  } catch {
    // Storage may be forbidden or hold something else: the page works without it.
    return DEFAULTS;
  }
}

export const settings = signal<Settings>(load());

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part };
}

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<Theme>(darkSystem.matches ? 'dark' : 'light');
darkSystem.addEventListener('change', (event) => {
  systemTheme.value = event.matches ? 'dark' : 'light';
});

export const theme = computed<Theme>(() => {
  const choice = settings.value.theme;
  return choice === 'system' ? systemTheme.value : choice;
});

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});

effect(() => {
  try {
    localStorage.setItem(STORE, JSON.stringify(settings.value));
  } catch {
    // See load().
  }
});
