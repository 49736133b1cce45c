// How much is asked for at once: enough that requests cost little, and little enough that a person sees it go on.

import type { Conversation } from './conversation';

const TURNS_IN_BATCH = 250;
const FIRST = 120;
const GROWTH = 4;

/** Returns places of waiting conversations that are asked for together. */
export function batchOf(conversations: readonly Conversation[]): number[] {
  const batch: number[] = [];
  let size = 0;
  for (const [place, conversation] of conversations.entries()) {
    if (conversation.status !== 'waiting') continue;
    if (batch.length > 0 && size + conversation.turns.length > TURNS_IN_BATCH) break;
    batch.push(place);
    size += conversation.turns.length;
  }
  return batch;
}

/** Returns how many turns from the first of a conversation are asked for next: a few, then several times as many. */
export function prefixOf(conversation: Conversation): number {
  const n = conversation.turns.length;
  const unanswered = conversation.turns.findIndex((turn) => turn.answer === null);
  const answered = unanswered < 0 ? n : unanswered;
  const wanted = Math.max(FIRST, answered * GROWTH);
  // A small rest goes with it.
  return wanted * 1.5 >= n ? n : wanted;
}
