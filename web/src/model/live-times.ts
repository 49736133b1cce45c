// When live turns were said: the service knows when each came, which is lost where they are said again to another session.

import type { Turn } from './conversation';

/** Returns when a live conversation began, in seconds since 1970, as its turns tell; null where none has come. */
export function beganAt(turns: readonly Turn[]): number | null {
  // A turn that was said again came later than it was said: the earliest is the nearest.
  const told = turns.flatMap(({ receivedAt, start }) => (receivedAt === null ? [] : [receivedAt - (start ?? 0)]));
  return told.length === 0 ? null : Math.min(...told);
}

/** Returns the second at which a turn begins, or came; null where neither is known. */
export function startOf(turn: Turn, began: number | null): number | null {
  if (turn.start !== null) return turn.start;
  return turn.receivedAt === null ? null : Math.max(0, turn.receivedAt - (began ?? turn.receivedAt));
}

/** Returns turns that carry the times at which they came, to be said again. */
export function withTimes(turns: readonly Turn[], began: number | null): Turn[] {
  return turns.map((turn) => ({ ...turn, start: startOf(turn, began) }));
}
