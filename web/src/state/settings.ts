// What a person chose for the page, which the browser keeps, and what is asked of one conversation, which ends with it.

import { computed, effect, signal } from '@preact/signals';
import type { Theme } from '../looks/palette';

export type ThemeChoice = 'system' | Theme;

interface Settings {
  theme: ThemeChoice;
  /** Code of a language, or "" for the browser's. */
  language: string;
}

/** How one conversation is asked about and shown. */
export interface Asked {
  /** Below it a turn is shown as unsure; null for what suits the model. */
  minProbability: number | null;
  /** A shipped label set, "own" for words of one's own, or "" for the model's set. */
  labelChoice: string;
  ownLabels: string[];
  /** Earlier turns that a turn is read with; null for as many as fit. */
  context: number | null;
  showAffect: boolean;
  showGold: boolean;
  showWheel: boolean;
}

const STORE = 'instructerc.settings';
const DEFAULTS: Settings = { theme: 'system', language: '' };
export const ASKED: Asked = {
  minProbability: null,
  labelChoice: '',
  ownLabels: [],
  context: null,
  showAffect: false,
  showGold: true,
  showWheel: false,
};

function load(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '{}') as Partial<Settings>;
    return { theme: kept.theme ?? DEFAULTS.theme, language: kept.language ?? DEFAULTS.language };
  } catch {
    // Storage may be forbidden or hold something else: the page works without it.
    return DEFAULTS;
  }
}

export const settings = signal<Settings>(load());
/** Of the open conversation, or of the next one while there is none. */
export const asked = signal<Asked>(ASKED);

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part };
}

export function ask(part: Partial<Asked>): void {
  asked.value = { ...asked.value, ...part };
}

const darkSystem = typeof window === 'undefined' ? null : window.matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<Theme>(darkSystem?.matches ? 'dark' : 'light');
darkSystem?.addEventListener('change', (event) => {
  systemTheme.value = event.matches ? 'dark' : 'light';
});

export const theme = computed<Theme>(() => {
  const choice = settings.value.theme;
  return choice === 'system' ? systemTheme.value : choice;
});

if (typeof document !== 'undefined') {
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
}
