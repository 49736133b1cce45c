// A person's label instead of the model's: kept by the service for a live conversation, by the page for a file.

import { correctTurn } from '../service/client';
import { session } from './live';
import { tellError } from './notices';
import { changeTurn, shown, talk } from './talk';

export async function correct(number: number, label: string | null): Promise<void> {
  const place = shown.value;
  if (talk.value?.kind !== 'live' || session.value === null) {
    changeTurn(place, number, { correction: label });
    return;
  }
  try {
    const kept = await correctTurn(session.value.id, number, label);
    changeTurn(place, number, { correction: kept.correction });
  } catch (error) {
    tellError(`Turn ${number} could not be corrected`, error);
  }
}
