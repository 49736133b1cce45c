// Another label set or context: kept as a setting, and whatever is open is recognised again.

import { reopenLive } from './live';
import { recognizeAgain } from './recognising';
import { ask, asked } from './settings';
import { screen, talk } from './talk';

function again(): void {
  // On the start page they are chosen for what comes next.
  if (screen.value === 'start') return;
  if (talk.value?.kind === 'file') void recognizeAgain();
  if (talk.value?.kind === 'live') void reopenLive();
}

export function chooseLabels(labelChoice: string, ownLabels = asked.value.ownLabels): void {
  const same = labelChoice === asked.value.labelChoice && ownLabels.join() === asked.value.ownLabels.join();
  ask({ labelChoice, ownLabels });
  // Own words are asked for when there are some.
  if (!same && (labelChoice !== 'own' || ownLabels.length > 1)) again();
}

export function chooseContext(context: number | null): void {
  if (context === asked.value.context) return;
  ask({ context });
  again();
}
