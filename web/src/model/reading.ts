// What the plots say of a turn: its label at the asked confidence, whether that is a shift, and where it stands.

import type { Turn } from './conversation';

export interface Read {
  turn: Turn;
  /** The most probable label, whatever its probability; null without an answer. */
  best: string | null;
  /** The second most probable label; null without an answer, or in a set of one. */
  second: string | null;
  /** Of the most probable label, 0 to 1. */
  confidence: number;
  /** A person's label, or the model's where it is probable enough; null is "unsure" or not answered yet. */
  label: string | null;
  /** Answered, but less probable than was asked for, and not put right by a person. */
  unsure: boolean;
  /** The label that this speaker had before, where this turn has another. */
  shiftFrom: string | null;
}

/** Returns the most probable label; of equals the first in the order of the label set. */
export function bestLabel(probabilities: Record<string, number>, labels: readonly string[]): string | null {
  let best: string | null = null;
  for (const label of labels) {
    const value = probabilities[label];
    if (value !== undefined && (best === null || value > (probabilities[best] ?? 0))) best = label;
  }
  return best;
}

function secondLabel(probabilities: Record<string, number>, labels: readonly string[], best: string | null): string | null {
  return bestLabel(
    probabilities,
    labels.filter((label) => label !== best),
  );
}

/**
 * Returns what is shown of each turn.
 *
 * A shift is a turn whose label differs from the last label of the same speaker. Turns without a label neither are shifts
 * nor hide one: the label before them counts.
 */
export function readTurns(turns: readonly Turn[], labels: readonly string[], minProbability: number): Read[] {
  const before = new Map<string, string>();
  return turns.map((turn) => {
    const best = turn.answer === null ? null : bestLabel(turn.answer.probabilities, labels);
    const confidence = best === null ? 0 : (turn.answer?.probabilities[best] ?? 0);
    const sure = best !== null && confidence >= minProbability;
    const label = turn.correction ?? (sure ? best : null);
    const last = before.get(turn.speaker) ?? null;
    if (label !== null) before.set(turn.speaker, label);
    const unsure = best !== null && label === null;
    const second = turn.answer === null ? null : secondLabel(turn.answer.probabilities, labels, best);
    return { turn, best, second, confidence, label, unsure, shiftFrom: label !== null && last !== label ? last : null };
  });
}

/** Returns the probability of each label in label order; zeros without an answer. */
export function probabilitiesOf(turn: Turn, labels: readonly string[]): number[] {
  return labels.map((label) => turn.answer?.probabilities[label] ?? 0);
}

export interface Agreement {
  agreed: number;
  /** Turns that have both a label of the file that is in the set, and an answer. */
  compared: number;
}

/** Returns how often shown labels are the file's own; `canonical` gives the set's label for a word of the file. */
export function agreement(reads: readonly Read[], canonical: (word: string) => string | null): Agreement {
  let agreed = 0;
  let compared = 0;
  for (const read of reads) {
    const gold = read.turn.gold === null ? null : canonical(read.turn.gold);
    if (gold === null || read.best === null) continue;
    compared += 1;
    if (read.label === gold) agreed += 1;
  }
  return { agreed, compared };
}
