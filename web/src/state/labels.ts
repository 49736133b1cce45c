// Another label set or context: kept as a setting, and whatever is open is recognised again.

import { reopenLive } from './live';
import { recognizeAgain } from './recognising';
import { change, settings } from './settings';
import { talk } from './talk';

function again(): void {
  if (talk.value?.kind === 'file') void recognizeAgain();
  if (talk.value?.kind === 'live') void reopenLive();
}

export function chooseLabels(labelChoice: string, ownLabels = settings.value.ownLabels): void {
  const same = labelChoice === settings.value.labelChoice && ownLabels.join() === settings.value.ownLabels.join();
  change({ labelChoice, ownLabels });
  // Own words are asked for when there are some.
  if (!same && (labelChoice !== 'own' || ownLabels.length > 1)) again();
}

export function chooseContext(context: number | null): void {
  if (context === settings.value.context) return;
  change({ context });
  again();
}
