// Nothing that a person put right is lost without being asked about.

import { effect, signal } from '@preact/signals';
import { edited } from './history';
import { keepTalk, keptUntil } from './kept';
import { conversation, talk, turns } from './talk';

export interface LeaveQuestion {
  name: string;
  /** Whether the browser can keep it. */
  keepable: boolean;
  answer: (choice: 'keep' | 'leave' | 'stay') => void;
}

export const leaveQuestion = signal<LeaveQuestion | null>(null);
const KEPT_DAYS = 30;

/** What came of opening another conversation: it is there, there is none, or the person stayed. */
export type Arrival = 'there' | 'nowhere' | 'stayed';

/** Whether something would be gone: changes to a file that is not kept; live turns that have not gone out, and a note on them. */
export function wouldLose(): boolean {
  if (talk.value?.kind === 'file') return edited.value && keptUntil.value === undefined;
  return turns.value.some((turn) => turn.status === 'waiting') || (conversation.value?.note ?? '') !== '';
}

/** Returns whether another conversation may take the place of the open one; asks where something would be lost. */
export async function mayLeave(): Promise<boolean> {
  const open = talk.value;
  if (open === null || !wouldLose()) return true;
  const choice = await new Promise<'keep' | 'leave' | 'stay'>((resolve) => {
    leaveQuestion.value = { name: open.name, keepable: open.kind === 'file', answer: resolve };
  });
  leaveQuestion.value = null;
  if (choice === 'keep') await keepTalk(KEPT_DAYS);
  return choice !== 'stay';
}

export function warnBeforeLeaving(): void {
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  effect(() => {
    // Only while there is something to lose: the listener alone would keep the page out of the browser's back cache.
    if (wouldLose()) window.addEventListener('beforeunload', warn);
    else window.removeEventListener('beforeunload', warn);
  });
}
