// Speakers in numbers.

import { probabilitiesOf, type Read } from './reading';

export interface SpeakerSummary {
  speaker: string;
  nTurns: number;
  nAnswered: number;
  nUnsure: number;
  nShifts: number;
  nCorrected: number;
  /** Mean of the most probable label's probability over answered turns; null without any. */
  confidence: number | null;
  /** Mean probability of each label over answered turns, in label order. */
  shares: number[];
  /** The labels that most turns have: several where they are equal, none without any. */
  mostOften: string[];
}

export function summarise(reads: readonly Read[], labels: readonly string[]): SpeakerSummary[] {
  const bySpeaker = new Map<string, Read[]>();
  for (const read of reads) {
    const own = bySpeaker.get(read.turn.speaker);
    if (own) own.push(read);
    else bySpeaker.set(read.turn.speaker, [read]);
  }
  return [...bySpeaker].map(([speaker, own]) => summariseOne(speaker, own, labels));
}

function summariseOne(speaker: string, reads: readonly Read[], labels: readonly string[]): SpeakerSummary {
  const answered = reads.filter((read) => read.best !== null);
  const counts = labels.map((label) => reads.filter((read) => read.label === label).length);
  const most = Math.max(0, ...counts);
  return {
    speaker,
    nTurns: reads.length,
    nAnswered: answered.length,
    nUnsure: reads.filter((read) => read.unsure).length,
    nShifts: reads.filter((read) => read.shiftFrom !== null).length,
    nCorrected: reads.filter((read) => read.turn.correction !== null).length,
    confidence: answered.length === 0 ? null : mean(answered.map((read) => read.confidence)),
    shares: meanShares(answered, labels),
    mostOften: most === 0 ? [] : labels.filter((_, place) => counts[place] === most),
  };
}

/** Returns the mean probability of each label over the answered ones of these turns; zeros without any. */
export function meanShares(reads: readonly Read[], labels: readonly string[]): number[] {
  const sums = labels.map(() => 0);
  let n = 0;
  for (const read of reads) {
    if (read.turn.answer === null) continue;
    n += 1;
    probabilitiesOf(read.turn, labels).forEach((value, index) => {
      sums[index] = (sums[index] ?? 0) + value;
    });
  }
  return n === 0 ? sums : sums.map((sum) => sum / n);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
