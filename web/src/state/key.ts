// The service's key: asked for when the service wants one, kept in memory.

import { signal } from '@preact/signals';
import { setHooks } from '../service/client';
import { busyFor } from './notices';

export interface KeyQuestion {
  /** Whether a key was given and not taken. */
  refused: boolean;
  answer: (key: string | null) => void;
}

export const keyQuestion = signal<KeyQuestion | null>(null);
let open: Promise<string | null> | null = null;

/** Returns a key, or null; requests that ask while the dialog is open wait for the same answer. */
function askForKey(refused: boolean): Promise<string | null> {
  open ??= new Promise<string | null>((resolve) => {
    keyQuestion.value = {
      refused,
      answer: (key) => {
        keyQuestion.value = null;
        open = null;
        resolve(key);
      },
    };
  });
  return open;
}

let counting: ReturnType<typeof setInterval> | undefined;

function countDown(seconds: number | null): void {
  clearInterval(counting);
  busyFor.value = seconds;
  if (seconds === null) return;
  counting = setInterval(() => {
    busyFor.value = Math.max(0, (busyFor.value ?? 0) - 1);
  }, 1000);
}

export function connectService(): void {
  setHooks({ askForKey, onBusy: countDown, onReady: () => countDown(null) });
}
